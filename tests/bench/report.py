"""report.py FIGURES LOAD SECONDS - prints docs/BENCHMARKS.md from the figures of one run."""
import datetime
import json
import os
import platform
import re
import subprocess
import sys

ABOUT = {
    "fleet": ("GetFleet beside grpc++", "tests/bench/run.sh fleet", """
The daemon with 1,000 wallets against the same service in grpc++ 1.51 (asynchronous, one completion
queue, one thread; its best shape), both optimized builds, driven by h2load with the same bytes
(HTTP/2 without TLS, bearer token, its SHA-256 looked up in a hash map). grpc++ builds the same
answer, byte for byte, from a snapshot in memory; "kept bytes" is grpc++ handing out bytes it made
once. *Cached* is the daemon's answer kept per store version; *not cached* sends an unknown field of
138 bytes, which the cache does not take, so that every call reads the store. Instructions are user
instructions counted by callgrind, an idle stretch taken off; CPU time is that of all threads
(`/proc/PID/task/*/schedstat`), the kernel's included."""),
    "tls": ("TLS and the proofs", "tests/bench/run.sh tls", """
One daemon in the clear and one by TLS (EC P-256, TLS 1.3), and one client over the gRPC C core with
different ways in, in turns; the least of the rounds. CPU time is the daemon's alone
(`/proc/PID/task/*/schedstat`, the kernel's included), eight loops at a time; medians are of one call
at a time. "Anyone may" is health Check, the others WhoAmI. A connection is made anew for one call,
without resuming a session."""),
    "changes": ("Durable changes beside etcd", "tests/bench/run.sh changes", """
UpdateWallet (row, audit record, kept answer for its request id) against etcd's Put (200 bytes),
random keys of 1,000; the same client program (`tests/bench/changes.c`: closed loops over the gRPC C
core, up to 16 connections), the same disk, in turns; medians. Client and server share the cores.
Both answer after the disk has it."""),
    "pure": ("Signing and balances", "tests/bench/run.sh pure", """
Signing: CPU time of one thread, in slices of 500, in turns. Balances: `el_accounts` of the net room
against anvil, over four connections; the loop is one process for each wallet, as the runbook has
it."""),
    "fund": ("Funding 1,000 wallets", "tests/bench/run.sh fund", """
From RunOperation to DONE (the operation's own run_time and end_time, each payment journalled,
signed, sent and confirmed by its receipt) on anvil. The ceiling is the quickest of 1,000 transfers
of one sender, signed beforehand and sent by a bare socket client (`tests/bench/ceiling.c`) in
batches of 1, 10, 20 and 100 over 1 and 4 connections, each receipt read; its best and our best of
the same number of rounds, in turns. What keeps us from it at blocks of 0.05 s is CPU: daemon and node share
the machine's cores, and a payment's rows (intent, attempt, its answers, audit, event, step; written in the
one lane) cost as much as the node's work for it; on cores of their own both would overlap. The `cast
send` loop is what the runbook does, extrapolated."""),
    "json": ("JSON beside protobuf", "tests/bench/run.sh json", """
The codec alone, as the doors use it (`tests/bench/json.c`): to write is a message as an answer's
bytes, JSON being printed from those; to read is a body guarded and decoded, JSON being made into bytes
first, so that both go through the same guards and a request_id means the same call. Least of 30 slices
of 200, in turns; memory is the peak of what malloc gave for one. By HTTP: the daemon with 1,000
wallets, all of its threads, h2load by HTTP/1.1."""),
    "failover": ("When an endpoint fails", "tests/bench/run.sh failover", """
The first of two endpoints fails at the moment a payment is asked for: from then until the node is told
of the transaction by the other one. Ours is `ghostctl fund`: a process that starts, a plan, its run, a
signature on the disk; viem's is `sendTransaction` of a program that runs, with `fallback` of two `http`
transports as they come. Medians; the same proxies for both, in turns."""),
    "extract": ("Bringing 1,000 wallets home", "tests/bench/run.sh extract", """
Each wallet holds ether and has 10 DATA at stake in GhostCore; all of it goes to the safe address,
ether last. A figure, no comparison: no peer does it in one go."""),
    "recovery": ("After a kill with 1,000 in flight", "tests/bench/run.sh recovery", """
`kill -9` while 1,000 payments of one sender are under way, on anvil whose blocks stand still; then the
same daemon again on the same store. "Ready" is `/health/ready`; what is in no doubt any more is what
`ListTransactions` says. Nothing is sent twice: the wallets hold what was asked, to the wei."""),
    "sustained": ("Fifteen minutes", "tests/bench/run.sh sustained", """
100 wallets are funded and emptied again, without a pause, each round by two commands of `ghostctl` that
wait for the end; blocks of one second. Every payment is a row of the journal, and stays one. Memory is
the daemon's resident set, of which SQLite's page cache is a part that grows to its bound."""),
}


def said(*command):
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except OSError:
        return "missing"
    return (out.stdout + out.stderr).strip().splitlines()[0]


def package(name):
    return said("dpkg-query", "-W", "-f", "${Version}", name)


def met(f):
    aim, ratio = f.get("aim"), f.get("ratio")
    if not aim or not ratio:
        return ""
    least = aim.startswith(">=")
    bound = float(re.search(r"[\d.]+", aim)[0])
    got = float(re.search(r"-?[\d.]+", ratio)[0])
    return "met" if (got >= bound if least else got <= bound) else "**missed**"


figures = [json.loads(line) for line in open(sys.argv[1])]
cpu = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line)
memory = int(open("/proc/meminfo").readline().split()[1]) // 1048576
print(f"""# Benchmarks

Written by `tests/bench/run.sh`; do not edit. Each figure stands beside a peer in the same run on the
same machine: read the ratios, not the numbers.

- {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC, {sys.argv[3]} s in all, \
{said("git", "describe", "--always", "--dirty")}
- {os.cpu_count()} x {cpu}, {memory} GiB, {platform.system()} {platform.release()}; load before the \
start {sys.argv[2]}
- gcc {said("gcc", "-dumpfullversion")}, grpc {package("libgrpc-dev")}, SQLite \
{package("libsqlite3-dev")}, libsecp256k1 {package("libsecp256k1-dev")}, {said("etcd", "--version")}
- anvil and cast 1.7.1, viem 2.57.20, node {said("node", "--version")}, {said("h2load", "--version")}, \
{said("valgrind", "--version")}
- the `bench` preset: the release flags""")
for section, (title, command, text) in ABOUT.items():
    rows = [f for f in figures if f["section"] == section]
    if not rows:
        continue
    measured = f" Measured {rows[0]['at']} UTC." if "at" in rows[0] else ""
    print(f"\n## {title}\n\n`{command}`\n{text}{measured}\n")
    print("| what | ours | peer | its figure | ratio | aim | |\n|---|--:|---|--:|--:|---|---|")
    for f in rows:
        print("| " + " | ".join([f["what"], f.get("ours", ""), f.get("peer", ""), f.get("theirs", ""),
                                 f.get("ratio", ""), f.get("aim", ""), met(f)]) + " |")
