"""residue.py RPC_URL DATA_TOKEN WALLETS_CSV - prints the most wei that one of the wallets still
holds, and the DATA that all of them hold together."""
import json
import sys
import urllib.request

url, token, csv = sys.argv[1:]
wallets = open(csv).read().split()[1:]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(method, params):
    out = []
    for at in range(0, len(params), 100):
        body = [{"jsonrpc": "2.0", "id": i, "method": method, "params": p}
                for i, p in enumerate(params[at:at + 100])]
        request = urllib.request.Request(url, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        out += [int(a["result"], 16) for a in json.load(opener.open(request, timeout=60))]
    return out


print(max(ask("eth_getBalance", [[w, "latest"] for w in wallets])),
      sum(ask("eth_call", [[{"to": token, "data": "0x70a08231" + w[2:].lower().rjust(64, "0")},
                            "latest"] for w in wallets])))
