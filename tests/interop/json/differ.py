#!/usr/bin/python3
"""differ.py SEED SECONDS GEN_DIR OURS... -- NODE...: random messages of json_kinds.proto through our
JSON codec and two others (Python's json_format here, @bufbuild/protobuf by pipe.mjs), both ways.

What one prints the others must read as the same message; so they must, however the JSON mapping
allows to spell it; and a text that was damaged is read by us only where another one reads it so,
and refused by us alone only for reasons that are ours (REASONS). Prints how much was compared.
"""
import base64
import json
import random
import re
import struct
import subprocess
import sys
import time

seed, seconds, gen = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
cut = sys.argv.index("--")
sys.path.insert(0, gen)

from google.protobuf import descriptor, json_format
import json_kinds_pb2 as pb

F = descriptor.FieldDescriptor
dice = random.Random(seed)

# Why we refuse what others read: each is said in proto/json.h or is this house's own rule.
REASONS = [
    ("NUL", r"\\u0000|NUL"),
    ("a duplicate key", r"duplicate object key|the field comes twice"),
    ("two fields of a oneof", r"only one of a group"),
    ("Any is not read", r"google.protobuf.Any cannot be read"),
    ("an odd spelling of a number", r"it is not a (whole )?number|it must be a whole number|too large a number|must be between|real number overflow"),
    ("text Python takes for JSON", r"invalid token|unexpected token|expected near|control character|unescaped|invalid escape|string or '}' expected|end of file expected|premature end"),
    ("not UTF-8", r"unable to decode|invalid Unicode|UTF-8"),
    ("a path with a capital or an underscore of its own", r"paths are in lowerCamelCase"),
    ("base64 with an odd end", r"it is not base64"),
    ("a time of another form", r"it must be a (time|duration)"),
    ("null in a list or a map", r"and is null"),
    ("true or false of another form", r"it must be true or false"),
]


class Peer:
    def __init__(self, command):
        self.p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, what, data):
        self.p.stdin.write(struct.pack("<cI", what, len(data)) + data)
        self.p.stdin.flush()
        ok, n = struct.unpack("<?I", self.p.stdout.read(5))
        said = self.p.stdout.read(n)
        return (said, None) if ok else (None, said.decode("utf-8", "replace"))


ours, node = Peer(sys.argv[4:cut]), Peer(sys.argv[cut + 1:])


def python_read(text):
    try:
        return json_format.Parse(text, pb.Kinds()), None
    except (json_format.ParseError, UnicodeDecodeError, ValueError, OverflowError, RecursionError) as e:
        return None, str(e)


def same(data):
    """Bytes of a message in one form: protobuf leaves the order of maps open."""
    return None if data is None else canonical(pb.Kinds.FromString(data))


def canonical(m):
    return m.SerializeToString(deterministic=True)


# ---- messages ----

LETTERS = ['"', "\\", "/", "\b", "\f", "\n", "\r", "\t", "\x01", "\x1f", "\x7f", "a", "Z", "0", " ", "'",
           "<", "&", "é", "ß", "漢", "\u2028", "\u2029", "\ud7ff", "\ue000", "\uffff", "😀", "\U0010ffff"]


def text():
    return "".join(dice.choice(LETTERS) for _ in range(dice.choice([0, 1, 3, 12])))


def whole(bits, signed):
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    near = dice.choice([least, most, 0, 1, 1 << bits // 2, 1 << 53, least + 1, most - 1, dice.randint(least, most)])
    return max(least, min(most, near))


def real(single):
    # No -0.0, and no U+FEFF above: @bufbuild/protobuf loses the one's sign and the other, begun with.
    v = dice.choice([0.0, 1.0, 0.1, 1 / 3, 1e21, 1e-7, 123456789.125, float("inf"), float("-inf"),
                     float("nan"), dice.gauss(0, 1), struct.unpack("<d", dice.randbytes(8))[0]])
    if v != v:
        return float("nan")  # one form of it: its bits have no place in JSON
    if single:
        try:
            v = struct.unpack("<f", struct.pack("<f", v))[0]
        except OverflowError:
            v = 1.5
    return v + 0.0


INTS = {F.TYPE_INT32: (32, True), F.TYPE_SINT32: (32, True), F.TYPE_SFIXED32: (32, True),
        F.TYPE_UINT32: (32, False), F.TYPE_FIXED32: (32, False), F.TYPE_INT64: (64, True),
        F.TYPE_SINT64: (64, True), F.TYPE_SFIXED64: (64, True), F.TYPE_UINT64: (64, False),
        F.TYPE_FIXED64: (64, False)}


def value(f):
    if f.type in INTS:
        return whole(*INTS[f.type])
    if f.type in (F.TYPE_FLOAT, F.TYPE_DOUBLE):
        return real(f.type == F.TYPE_FLOAT)
    if f.type == F.TYPE_BOOL:
        return dice.random() < 0.5
    if f.type == F.TYPE_ENUM:
        return dice.choice([0, 1, 7, 7, 99, -3, 2**31 - 1, -2**31])
    if f.type == F.TYPE_BYTES:
        return dice.randbytes(dice.choice([0, 1, 2, 3, 4, 30]))
    return text()


def fill_message(m):
    kind = m.DESCRIPTOR.full_name
    if kind == "google.protobuf.Timestamp":
        m.seconds = dice.choice([0, -1, -62135596800, 253402300799, 951782400, dice.randint(-62135596800, 253402300799)])
        m.nanos = dice.choice([0, 1, 1000, 1000000, 500000000, 999999999, 120000, dice.randrange(10**9)])
    elif kind == "google.protobuf.Duration":
        sign = dice.choice([1, -1])
        m.seconds = sign * dice.choice([0, 1, 3600, 315576000000, dice.randrange(10**9)])
        m.nanos = sign * dice.choice([0, 1, 1000, 1000000, 500000000, 999999999, dice.randrange(10**9)])
        if abs(m.seconds) == 315576000000:
            m.nanos = 0
    elif kind == "google.protobuf.FieldMask":
        m.paths.extend(dice.sample(["a", "display_name", "a.b_c.d", "labels", "x1"], dice.randrange(4)))
    else:
        fill(m)


def fill(m):
    for f in m.DESCRIPTOR.fields:
        if f.name == "detail" or dice.random() < 0.7:
            continue
        at = getattr(m, f.name)
        many = dice.choice([0, 1, 2, 5])
        if f.message_type and f.message_type.GetOptions().map_entry:
            key, held = f.message_type.fields_by_name["key"], f.message_type.fields_by_name["value"]
            for _ in range(many):
                if held.message_type:
                    fill_message(at[value(key)])
                else:
                    at[value(key)] = value(held)
        elif f.label == F.LABEL_REPEATED:
            for _ in range(many):
                if f.message_type:
                    fill_message(at.add())
                else:
                    at.append(value(f))
        elif f.message_type:
            at.SetInParent()
            fill_message(at)
        else:
            setattr(m, f.name, value(f))


# ---- spellings: what the mapping also lets one write ----

def respell(v, f):
    if v is None or dice.random() < 0.4:
        return v
    if f.type in INTS:
        number = int(v)
        if INTS[f.type][0] == 64:
            return number if abs(number) < 2**53 else v
        return str(number)
    if f.type == F.TYPE_ENUM and isinstance(v, str):
        return f.enum_type.values_by_name[v].number
    if f.type in (F.TYPE_FLOAT, F.TYPE_DOUBLE) and not isinstance(v, str):
        return repr(v)
    if f.type == F.TYPE_BYTES:
        raw = base64.urlsafe_b64encode(base64.b64decode(v)).decode()
        return raw.rstrip("=") if dice.random() < 0.5 else raw
    if f.message_type and f.message_type.full_name == "google.protobuf.Timestamp" and 1 < int(v[:4]) < 9999:
        return re.sub(r"\.(\d+)Z", lambda x: "." + x[1].rstrip("0") + "Z", v)
    if f.message_type and f.message_type.full_name == "tests.json.Inner":
        return spell(v, f.message_type)
    return v


def spell(tree, d):
    names, out = {f.json_name: f for f in d.fields}, {}
    items = list(tree.items())
    dice.shuffle(items)
    for k, v in items:
        f = names[k]
        key = f.name if dice.random() < 0.3 else k
        if f.message_type and f.message_type.GetOptions().map_entry:
            held = f.message_type.fields_by_name["value"]
            out[key] = {a: respell(b, held) for a, b in v.items()}
        elif f.label == F.LABEL_REPEATED:
            out[key] = [respell(e, f) for e in v]
        else:
            out[key] = respell(v, f)
    for f in d.fields:
        if f.json_name not in tree and dice.random() < 0.1 and not f.has_presence:
            out[f.json_name] = None
    return out


def fail(why, message, *said):
    print(f"seed {seed}: {why}", *said, sep="\n  ")
    print("  message", canonical(message).hex() if message is not None else "")
    sys.exit(1)


counts = {"messages": 0, "texts": 0, "damaged": 0, "damaged, read": 0}
refused = {}


def must_read(name, data, want, message):
    """All three read the text as that message."""
    counts["texts"] += 1
    for who, said in (("we", ours.ask(b"r", data)), ("node", node.ask(b"r", data))):
        if same(said[0]) != want:
            fail(f"{who} read {name} as another message", message, data.decode(), said)
    m, why = python_read(data)
    if m is None or canonical(m) != want:
        fail(f"python reads {name} as another message", message, data.decode(), why)


def one():
    m = pb.Kinds()
    fill(m)
    want, raw = canonical(m), m.SerializeToString()
    printed = {}
    for who, peer in (("ours", ours), ("node's", node)):
        for what in (b"p", b"a"):
            said, why = peer.ask(what, raw)
            if said is None:
                fail(f"{who}: not printed", m, why)
            printed[f"{who} {what.decode()}"] = said
    printed["python's"] = json_format.MessageToJson(m, ensure_ascii=dice.random() < 0.5).encode()
    for name, data in printed.items():
        must_read(name, data, want, m)
    tree = json.loads(printed["python's"])
    must_read("another spelling", json.dumps(spell(tree, m.DESCRIPTOR), ensure_ascii=dice.random() < 0.5).encode(),
              want, m)
    counts["messages"] += 1
    for _ in range(4):
        damaged(bytearray(dice.choice(list(printed.values()))))


def damaged(data):
    for _ in range(dice.choice([1, 1, 2])):
        at = dice.randrange(len(data))
        how = dice.randrange(4)
        if how == 0:
            data[at] = dice.randrange(256)
        elif how == 1:
            del data[at:at + dice.choice([1, 1, 4])]
        elif how == 2:
            data[at:at] = dice.choice([b'"', b"0", b"-", b".", b"e", b",", b"null", b"\\u0000", b"\\ud800", b"A", b"_", b"="])
        else:
            data[at:at] = data[max(0, at - 5):at]
        if not data:
            return
    data = bytes(data)
    counts["damaged"] += 1
    mine, why = ours.ask(b"r", data)
    others = [same(node.ask(b"r", data)[0])]
    m, _ = python_read(data)
    others.append(None if m is None else canonical(m))
    if mine is not None:
        counts["damaged, read"] += 1
        if same(mine) not in others:
            fail("we read what nobody reads so", None, data.decode("utf-8", "replace"), same(mine).hex(),
                 *[o.hex() if o else o for o in others])
    elif None not in others and others[0] == others[1]:
        reason = next((name for name, words in REASONS if re.search(words, why)), None)
        if not reason:
            fail("we alone refuse", None, data.decode("utf-8", "replace"), why)
        refused[reason] = refused.get(reason, 0) + 1


until = time.monotonic() + seconds
while time.monotonic() < until:
    one()
print(", ".join(f"{n} {what}" for what, n in counts.items()))
print("refused by us alone:", ", ".join(f"{what}: {n}" for what, n in sorted(refused.items())) or "nothing")
