#!/usr/bin/env python3
"""thief.py RPC_URL HOME MODE WALLETS... - somebody who holds the keys of all these wallets too.

  takes    one wallet after the other, every --every ms, all of its ether at three times the base fee
  outbids  looks into the pool all the time; what leaves a wallet is replaced by a transaction to HOME
           on the same nonce that offers a third more, up to --most gwei
  waits    takes whatever ether comes in at once, two gwei above the base fee

Only on a local test node: it lets anyone send from any address, so no key is needed. Runs until it is
killed, and says on stdout what the node took of him. Standard library only.
"""
import argparse
import json
import time
import urllib.request

GWEI = 10**9
parser = argparse.ArgumentParser()
parser.add_argument("url")
parser.add_argument("home")
parser.add_argument("mode", choices=("takes", "outbids", "waits"))
parser.add_argument("wallets", nargs="+")
parser.add_argument("--every", type=int, default=500)
parser.add_argument("--most", type=int, default=100)
args = parser.parse_args()
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
wallets = {w.lower() for w in args.wallets}


def ask(method, *params):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(args.url, body, {"Content-Type": "application/json"})
    said = json.load(opener.open(request, timeout=20))
    return said.get("result")


def send(wallet, nonce, price):
    """All of its ether to him."""
    value = int(ask("eth_getBalance", wallet, "latest"), 16) - 21000 * price
    if value > 0:
        taken = ask("eth_sendTransaction", {
            "from": wallet, "to": args.home, "value": hex(value), "gas": hex(21000),
            "nonce": hex(nonce), "maxFeePerGas": hex(price), "maxPriorityFeePerGas": hex(price)})
        print("taken" if taken else "refused", wallet, nonce, "%.2f gwei" % (price / GWEI), flush=True)


def nonce_of(wallet):
    return int(ask("eth_getTransactionCount", wallet, "latest"), 16)


def base_fee():
    return int(ask("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)


def takes():
    for wallet in args.wallets:
        send(wallet, nonce_of(wallet), 3 * base_fee() + GWEI)
        time.sleep(args.every / 1000)
    time.sleep(600)


def outbids():
    while True:
        for wallet, by_nonce in (ask("txpool_content") or {}).get("pending", {}).items():
            for nonce, tx in by_nonce.items():
                if wallet.lower() not in wallets or (tx.get("to") or "").lower() == args.home.lower():
                    continue
                price = int(tx.get("maxFeePerGas") or tx["gasPrice"], 16) * 4 // 3
                if price <= args.most * GWEI:
                    send(wallet, int(nonce), price)
        time.sleep(0.1)


def waits():
    while True:
        for wallet in args.wallets:
            send(wallet, nonce_of(wallet), base_fee() + 2 * GWEI)
        time.sleep(0.05)


ask("anvil_autoImpersonateAccount", True)
{"takes": takes, "outbids": outbids, "waits": waits}[args.mode]()
