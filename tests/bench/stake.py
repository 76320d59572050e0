"""stake.py RPC_URL DATA_TOKEN GHOST_CORE WALLETS_CSV - every wallet of the list gets ether and
DATA, and stakes 10 DATA, without its key: the node lets anyone act who is asked for. Only on a
local test node."""
import json
import sys
import time
import urllib.request

url, token, core, csv = sys.argv[1:]
wallets = open(csv).read().split()[1:]
AMOUNT = 10 * 10**18


def ask(calls):
    out = []
    for at in range(0, len(calls), 100):
        body = [{"jsonrpc": "2.0", "id": i, "method": m, "params": p}
                for i, (m, p) in enumerate(calls[at:at + 100])]
        request = urllib.request.Request(url, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        answers = json.load(opener.open(request, timeout=60))
        for a in sorted(answers, key=lambda a: a["id"]):
            if "error" in a:
                sys.exit("the node: " + a["error"]["message"])
            out.append(a["result"])
    return out


def send(calls):
    first = {f: int(n, 16) for f, n in zip(
        (f for f, _, _ in calls),
        ask([("eth_getTransactionCount", [f, "latest"]) for f, _, _ in calls]))}
    hashes = []
    # The node works on a batch in any order: the nonces are given.
    for f, t, d in calls:
        hashes.append(("eth_sendTransaction", [{"from": f, "to": t, "data": d, "gas": "0x493e0",
                                                "gasPrice": hex(20 * 10**9),
                                                "nonce": hex(first[f])}]))
        first[f] += 1
    hashes = ask(hashes)
    give_up = time.monotonic() + 60
    while True:
        receipts = ask([("eth_getTransactionReceipt", [h]) for h in hashes])
        if any(r and r["status"] != "0x1" for r in receipts):
            sys.exit("a transaction failed")
        hashes = [h for h, r in zip(hashes, receipts) if not r]
        if not hashes:
            return
        if time.monotonic() > give_up:
            sys.exit("%d were not mined" % len(hashes))
        time.sleep(0.5)


def word(v):
    return (v[2:].lower() if isinstance(v, str) else "%x" % v).rjust(64, "0")


opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
owner = ask([("eth_accounts", [])])[0][0]
ask([("anvil_autoImpersonateAccount", [True])])
ask([("anvil_setBalance", [w, hex(10**17)]) for w in wallets])
send([(owner, token, "0x40c10f19" + word(w) + word(AMOUNT)) for w in wallets])
send([(w, token, "0x095ea7b3" + word(core) + word(AMOUNT)) for w in wallets])
send([(w, core, "0x440ad4e2" + word(AMOUNT) + word(1)) for w in wallets])
ask([("anvil_autoImpersonateAccount", [False])])
