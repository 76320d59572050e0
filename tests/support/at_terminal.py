#!/usr/bin/python3
"""at_terminal.py KEYS AFTER COMMAND... - run a command at a terminal of its own.
KEYS are typed when it asks [y/N] ("" types nothing); Ctrl-C comes AFTER seconds of its first
output (0: never). Its output goes to stdout as it came, its exit code is ours."""
import os
import pty
import select
import sys
import time

keys, after, command = sys.argv[1].encode().decode("unicode_escape").encode(), float(sys.argv[2]), sys.argv[3:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
out, typed, first, limit = b"", False, None, time.time() + 60
while time.time() < limit:
    if select.select([fd], [], [], 0.05)[0]:
        try:
            piece = os.read(fd, 4096)
        except OSError:
            break
        if not piece:
            break
        out += piece
        first = first or time.time()
    if keys and b"[y/N]" in out and not typed:
        os.write(fd, keys)
        typed = True
    if after and first and time.time() - first > after:
        os.write(fd, b"\x03")
        after = 0
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(out)
sys.exit(os.waitstatus_to_exitcode(status))
