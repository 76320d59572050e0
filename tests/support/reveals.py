"""reveals.py PID SECRET_FILE... -- FILE...: fails when a secret (the first line of each SECRET_FILE)
stands in one of the files or in the memory of the process: as text, and for 64 hex digits also as
bytes and as base64."""
import base64
import re
import sys

pid, rest = sys.argv[1], sys.argv[2:]
cut = rest.index("--")
needles = {}
for name in rest[:cut]:
    text = open(name).readline().strip()
    forms = [text.encode()]
    if re.fullmatch("0x[0-9a-f]{64}", text):
        raw = bytes.fromhex(text[2:])
        forms = [text[2:].encode(), raw, base64.b64encode(raw)[:42]]
    for form in forms:
        needles[form] = name


def look(where, data):
    return ["%s stands in %s" % (name, where) for form, name in needles.items() if form in data]


found = []
for name in rest[cut + 1:]:
    found += look(name, open(name, "rb").read())
with open("/proc/%s/maps" % pid) as maps, open("/proc/%s/mem" % pid, "rb", 0) as memory:
    for line in maps:
        m = re.match("([0-9a-f]+)-([0-9a-f]+) rw", line)
        start, end = (int(x, 16) for x in m.groups()) if m else (0, 0)
        if m and end - start <= 1 << 28:
            try:
                memory.seek(start)
                found += look("memory " + line.strip(), memory.read(end - start))
            except OSError:
                pass
if found:
    sys.exit("\n".join(found))
