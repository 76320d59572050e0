"""lossy_page.py FIGURES CAMPAIGNS LOAD SECONDS - prints docs/LOSSY.md from what one run measured."""
import datetime
import json
import os
import subprocess
import sys

MODES = {
    "drop": "the node has it; the connection closes without an answer",
    "502": "the node has it; a gateway's error page comes back",
    "timeout": "the node has it; no answer for 4 s (everyone's timeout is 3 s)",
    "duplicate": "the node is told twice; the second answer comes back",
    "reorder": "the connection closes; the node has it up to a second later, after what came in between",
    "truncated": "the node has it; an eighth of the answer comes back",
    "html": "the node has it; a page of HTML with status 200 comes back",
}
TOOLS = ("ghost-fleet", "cast", "viem", "ethers")


def lines(path):
    return [json.loads(line) for line in open(path)]


figures = {(f["tool"], f["mode"]): f for f in lines(sys.argv[1])}
campaigns = lines(sys.argv[2])
payments = next(iter(figures.values()))["asked"]
commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True,
                        check=False).stdout.strip()


def cell(f):
    if not f:
        return "not run"
    bold = "**" if f["twice"] or f["missing"] else ""
    return f"{bold}{f['twice']} / {f['missing']}{bold}"


print(f"""# Payments through a network that loses answers

Written by `tests/bench/lossy.sh`; do not edit. {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC, \
{int(sys.argv[4])} s in all, commit {commit}, {os.cpu_count()} cores, load before the start {sys.argv[3]}.

{payments:,} different payments in each mode, one sender, through `tests/support/proxy.py`, which spoils every
tenth answer to a send, from the same seed for all. Then the chain alone is asked (`deploy/scripts/witness.js`):
how many were paid **twice or more / never**. All of a mode ran at the same time, each on an anvil of its own.

| mode | what happens to every tenth send | ghost-fleet, killed 10 times | `cast` | viem | ethers |
|---|---|--:|--:|--:|--:|""")
for mode, what in MODES.items():
    print(f"| {mode} | {what} | " + " | ".join(cell(figures.get((t, mode))) for t in TOOLS) + " |")
print("| money paid too much, in payments | | " + " | ".join(
    str(sum(f.get("extra", 0) for (t, _), f in figures.items() if t == tool)) for tool in TOOLS) + " |")
print(f"""
How each was used:

- **ghost-fleet**: one `ghostctl fund` of all payees a mode (`tests/e2e/lossy.sh`), a send a request,
  `chain.timeout` 3 s, blocks of 1 s. It alone is killed (`kill -9`), ten times a mode, and started again;
  `ghostctl` says the same again with the same request id. The proxy's witness shows that the node was
  told of exactly {payments:,} different transactions.
- **cast** 1.7.1: `cast send --value … ADDRESS`, one after the other, as the runbook has it; it waits for the
  receipt. What exits with an error is done again after a second, up to four times.
- **viem** 2.57.20: `privateKeyToAccount(key, {{ nonceManager }})`, the `http()` transport with the retries it
  makes by itself, `sendTransaction`, `waitForTransactionReceipt`; what throws is done again after a second,
  up to four times.
- **ethers** 6.17.0: `NonceManager`, `sendTransaction`, `wait()`; after a failure `reset()`, a second, and again,
  up to four times.

The peers run on blocks of 0.25 s and are never killed: none of them writes down what it is about to send,
so a kill would cost them a doubled or a lost payment more. A script around them that signs once, keeps the
bytes and looks for their hash before it pays again does not double; that is what the daemon does.

## Kills

`tests/e2e/kills.sh`: eight clients fund wallets, bring the money home, offer more for transactions, cancel
some, stop operations, and say everything again under its request id, while the daemon is killed at each
point of `store/base/crash.def` and anywhere. Then the chain (every transaction of every block), the store
(what the API lists) and a model (what the clients asked and were told) are held against each other: each
transaction of the chain is one attempt of one intent, each step that a client was told of is one
transaction, and every balance is what was asked, to the wei. A campaign with a difference ends there; these
had none.

| node | when (UTC) | kills | at a point / anywhere | operations | payments | raised, mined | cancelled | said twice at once |
|---|---|--:|--:|--:|--:|--:|--:|--:|""")
for c in campaigns:
    anywhere = c["points"].get("anywhere", 0)
    asked, happened = c["asked"], c["happened"]
    print(f"| {c['node']} | {c['at']} | {c['kills']} | {c['kills'] - anywhere} / {anywhere} | "
          f"{asked['fund'] + asked['extract']} | {c['payments']} | {happened.get('raised', 0)} | "
          f"{happened.get('cancel', 0) + happened.get('withdrawn', 0)} | {asked.get('said twice', 0)} |")
points = sorted({p for c in campaigns for p in c["points"]} - {"anywhere"})
print("\n| point | " + " | ".join(c["node"] for c in campaigns) + " |\n|---|" + "--:|" * len(campaigns))
for p in points:
    print(f"| {p} | " + " | ".join(str(c["points"].get(p, 0)) for c in campaigns) + " |")
