#!/usr/bin/env python3
"""campaign.py - a fleet in use while its daemon is killed, again and again; then three agree.

Eight clients fund their wallets and bring the money home, offer more for transactions, cancel some
and some operations, and say everything again under the same request id until it is answered. The
daemon is killed meanwhile: at each point of store/base/crash.def, and anywhere. In the end the chain
(every transaction of every block), the store (what the API lists) and the model (what the clients
asked and were told) are held against each other, to the wei. Standard library only; one JSON line of
figures is printed.

The environment: GHOST_FLEET_GRPC_PORT and GHOST_FLEET_HTTP_PORT, the doors' ports.
"""
import argparse
import collections
import http.client
import http.server
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request

TARGETS = [k * 10**15 for k in range(1, 9)]
FINAL_OPERATION = ("DONE", "PARTLY", "FAILED", "CANCELLED")
FINAL_TX = ("CONFIRMED", "CANCELLED")
# Where besides "any turn": the points of a commit differ by what is committed.
WHATS = {
    "before-commit": ["", "job.plan", "job.drive", "job.send", "job.receipts", "job.replace",
                      "FundingService/PlanFund", "FundingService/PlanExtract",
                      "OperationService/RunOperation", "OperationService/CancelOperation",
                      "TransactionService/ReplaceTransaction",
                      "TransactionService/CancelTransactions"],
    "before-send": ["job.send", "job.deliver"],
    "after-send": ["job.send", "job.deliver"],
}
WHATS["after-commit"] = WHATS["before-commit"]
RARE = ("replaced", "job.replace", "TransactionService/", "CancelOperation", "opened", "stopping")


class Wrong(Exception):
    """What must not be: the campaign ends here."""


class Refused(Exception):
    def __init__(self, code, reason, text):
        super().__init__(f"{code} {reason}: {text}")
        self.code, self.reason = code, reason


class Door:
    """One client's way in: the same question until there is an answer."""

    def __init__(self, port, token):
        self.port, self.token, self.connection = port, token, None

    def once(self, method, body):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            self.connection.request("POST", f"/ghostfleet.v1.{method}", body, {
                "Content-Type": "application/json", "Authorization": f"Bearer {self.token}"})
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            return None, b""

    def ask(self, method, **fields):
        body = json.dumps(fields)
        give_up = time.monotonic() + 600
        while time.monotonic() < give_up:
            status, said = self.once(method, body)
            if status == 200:
                return json.loads(said)
            if status is not None and status not in (429, 503, 504):
                error = json.loads(said)
                reason = next((d["debug"].get("reason", "") for d in error.get("details", [])
                               if d["type"] == "google.rpc.ErrorInfo"), "")
                raise Refused(error["code"], reason, error["message"])
            time.sleep(0.03)
        raise Wrong(f"{method} has no answer for ten minutes")

    def every(self, method, key, **fields):
        token = ""
        while True:
            page = self.ask(method, pageSize=200, pageToken=token, **fields)
            yield from page.get(key, [])
            token = page.get("nextPageToken", "")
            if not token:
                return


class Client(threading.Thread):
    def __init__(self, campaign, number, wallets):
        super().__init__(daemon=True)
        self.campaign, self.number, self.wallets = campaign, number, wallets
        self.door = Door(campaign.port, campaign.token)
        self.other = Door(campaign.port, campaign.token)
        self.chance = random.Random(f"{campaign.seed}/{number}")
        self.asked = 0
        self.operations = []   # {"name", "kind", "steps", "meddled"}: what was asked, what was told
        self.failure = None
        self.counts = collections.Counter()

    def change(self, method, **fields):
        """A change under an id of its own; now and then said twice at once."""
        self.asked += 1
        fields["requestId"] = f"client-{self.number}-{self.asked}"
        if self.chance.random() >= 0.2:
            return self.door.ask(method, **fields)
        second = []

        def again():
            try:
                second.append(self.other.ask(method, **fields))
            except (Refused, Wrong) as e:
                second.append(e)
        beside = threading.Thread(target=again)
        beside.start()
        try:
            first = self.door.ask(method, **fields)
        finally:
            beside.join()
        if second[0] != first:
            raise Wrong(f"{fields['requestId']}: {first} and {second[0]}")
        self.counts["said twice"] += 1
        return first

    def operation(self, name):
        o = self.door.ask("OperationService/GetOperation", name=name)["operation"]
        return o["state"].removeprefix("OPERATION_STATE_"), o

    def until(self, name, states, meanwhile=None):
        give_up = time.monotonic() + 600
        while time.monotonic() < give_up:
            state, o = self.operation(name)
            if state in states:
                return state, o
            if meanwhile:
                meanwhile()
            time.sleep(0.05)
        raise Wrong(f"{name} does not get on: {json.dumps(o)}")

    def meddle(self, name):
        """A replacement, a cancel, or the end of the operation, once there is something to meddle with."""
        how = self.chance.choice(["replace", "replace", "cancel", "cancel", "stop"])
        live = [x for x in self.door.every("FundingService/ListTransactions", "transactions", operation=name)
                if x["state"].removeprefix("TRANSACTION_STATE_") in ("SIGNED", "UNKNOWN", "IN_POOL")]
        if not live:
            return None
        x = self.chance.choice(live)
        method, what = {"stop": ("OperationService/CancelOperation", name),
                        "replace": ("TransactionService/ReplaceTransaction", x["name"]),
                        "cancel": ("TransactionService/CancelTransactions", x["name"])}[how]
        try:
            self.change(method, name=what, reason="campaign")
        except Refused as e:
            if e.code != "failed_precondition":
                raise
            return None   # it came to its end meanwhile
        return how

    def run_operation(self, kind, method, **fields):
        name = self.change(method, wallets={"names": self.wallets}, **fields)["operation"]["name"]
        told = {"name": name, "kind": kind, "target": int(fields.get("target", 0)), "meddled": set()}
        self.operations.append(told)
        state, o = self.until(name, ("PLANNED", *FINAL_OPERATION))
        if state == "PLANNED":
            self.change("OperationService/RunOperation", name=name, planHash=o["planHash"])
        tries = self.chance.choice([0, 0, 3])

        def meanwhile():
            nonlocal tries
            if tries > 0:
                tries -= 1
                how = self.meddle(name)
                if how:
                    told["meddled"].add(how)
                    self.counts[how] += 1
        state, o = self.until(name, FINAL_OPERATION, meanwhile)
        told["state"], told["operation"] = state, o
        told["steps"] = list(self.door.every("OperationService/ListSteps", "steps", parent=name))
        stopped = told["meddled"] & {"cancel", "stop"}
        if state != "DONE" and not stopped:
            raise Wrong(f"{name} ended {state}: {o.get('text')}; {json.dumps(told['steps'])}")
        self.counts[kind] += 1
        return state

    def run(self):
        try:
            while not self.campaign.enough.is_set():
                self.run_operation("fund", "FundingService/PlanFund",
                                   target=str(self.chance.choice(TARGETS)))
                if self.chance.random() < 0.6:
                    self.run_operation("extract", "FundingService/PlanExtract")
            while self.run_operation("extract", "FundingService/PlanExtract") != "DONE":
                pass
        except Exception as e:  # told by the main thread, which ends
            self.failure = e


class Quiet(http.server.ThreadingHTTPServer):
    """A daemon that is killed in the middle of a request is what we are here for."""
    daemon_threads = True

    def handle_error(self, *_):
        pass


class Receiver(http.server.BaseHTTPRequestHandler):
    """Whoever is told of events says thanks."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Chain:
    def __init__(self, url):
        self.url = url

    def ask(self, *calls):
        body = json.dumps([{"jsonrpc": "2.0", "id": i, "method": m, "params": p}
                           for i, (m, p) in enumerate(calls)]).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        said = json.load(opener.open(urllib.request.Request(
            self.url, body, {"Content-Type": "application/json"}), timeout=30))
        sorted_by_id = sorted(said, key=lambda one: one["id"])
        return [one["result"] for one in sorted_by_id]

    def block(self):
        return int(self.ask(("eth_blockNumber", []))[0], 16)

    def balance(self, address, block="latest"):
        return int(self.ask(("eth_getBalance", [address, block]))[0], 16)

    def transactions(self, first, last, senders):
        """What these sent, in order, with what it cost."""
        found = []
        for at in range(first, last + 1, 50):
            blocks = self.ask(*[("eth_getBlockByNumber", [hex(n), True])
                                for n in range(at, min(at + 50, last + 1))])
            found += [x for b in blocks for x in b["transactions"] if x["from"] in senders]
        for at in range(0, len(found), 200):
            part = found[at:at + 200]
            for x, r in zip(part, self.ask(*[("eth_getTransactionReceipt", [x["hash"]]) for x in part])):
                x["fee"] = int(r["gasUsed"], 16) * int(r["effectiveGasPrice"], 16)
                x["fine"] = r["status"] == "0x1"
                x["value"], x["nonce"] = int(x["value"], 16), int(x["nonce"], 16)
                x["block"] = int(x["blockNumber"], 16)
        return found


class Campaign:
    def __init__(self, options):
        self.options, self.seed = options, options.seed
        self.port = int(os.environ["GHOST_FLEET_HTTP_PORT"])
        self.token = open(options.token_file).read().strip()
        self.enough = threading.Event()
        self.chance = random.Random(options.seed)
        self.kills = collections.Counter()
        self.chain = Chain(options.rpc)

    # --- the daemon and its deaths

    def wishes(self):
        """Every point with every WHAT, again and again, the rare ones no less often."""
        here = os.path.dirname(__file__)
        table = open(os.path.join(here, "../../store/base/crash.def")).read()
        self.points = re.findall(r'^P\([A-Z_]+, "([a-z-]+)"', table, re.M)
        all_of_them = [p + (f"/{w}" if w else "") for p in self.points for w in WHATS.get(p, [""])]
        while True:
            yield from self.chance.sample(all_of_them, len(all_of_them))
            yield from ["anywhere"] * 3

    def launch(self, wish=None):
        environment = dict(os.environ)
        if wish:
            environment["GF_CRASH_AT"] = wish
        return subprocess.Popen(self.options.daemon, env=environment, stdout=self.log, stderr=self.log)

    def live_and_die(self, wish, patience):
        """One life of the daemon. How it ended: at the point, or by us, who could not wait."""
        rare = any(r in wish for r in RARE)
        passes = 1 if rare else self.chance.choice([1, 1, 2, 3, 5, 8])
        daemon = self.launch(None if wish == "anywhere" else f"{wish}:{passes}")
        try:
            if wish == "stopping":
                time.sleep(self.chance.uniform(0.2, 0.4))
                daemon.terminate()
                patience = 10
            code = daemon.wait(timeout=patience)
            if wish == "stopping" and code in (0, -signal.SIGTERM):
                return "stopped"   # before it could, or when it had hardly begun
            where = wish
        except subprocess.TimeoutExpired:
            daemon.kill()
            code = daemon.wait()
            where = "anywhere"
        if code != -signal.SIGKILL:
            raise Wrong(f"the daemon ended with {code}, wished for {wish}")
        return where

    def check_clients(self):
        for c in self.clients:
            if c.failure:
                raise c.failure

    def kill_at(self, wish, patience):
        self.check_clients()
        where = self.live_and_die(wish, patience)
        if where != "stopped":
            self.kills[where] += 1

    def kill_it(self):
        wishes = self.wishes()
        while self.kills.total() < self.options.kills:
            wish = next(wishes)
            self.kill_at(wish, self.chance.uniform(0.05, 0.6) if wish == "anywhere" else self.options.patience)
        give_up = time.monotonic() + 120
        while missing := [p for p in self.points if not any(k.split("/")[0] == p for k in self.kills)]:
            if time.monotonic() > give_up:
                raise Wrong(f"never passed: {missing}")
            self.kill_at(missing[0], 10)

    # --- the three agree

    def conserve(self, sent, funder, safe, first):
        """Of the chain alone: nothing came from nowhere and nothing went elsewhere."""
        books = collections.Counter({a: self.chain.balance(a, hex(first)) for a in self.addresses})
        books[funder] = self.chain.balance(funder, hex(first))
        books[safe] = self.chain.balance(safe, hex(first))
        for x in sent:
            if x["to"] not in books:
                raise Wrong(f"{x['hash']} pays a stranger: {x['to']}")
            if not x["fine"]:
                raise Wrong(f"{x['hash']} failed")
            books[x["from"]] -= x["value"] + x["fee"]
            books[x["to"]] += x["value"]
            x["after"] = dict(books) if x["from"] != x["to"] else None
        for a, wei in books.items():
            if self.chain.balance(a) != wei:
                raise Wrong(f"{a} holds {self.chain.balance(a)}, the blocks say {wei}")
        for a in self.addresses:
            if books[a] != 0:
                raise Wrong(f"{a}: {books[a]} wei stay behind")

    def store_and_chain(self, door, sent):
        """Each transaction of the chain is one attempt of one intent, and the intent says so."""
        on_chain = {x["hash"]: x for x in sent}
        owner = {}
        intents = list(door.every("FundingService/ListTransactions", "transactions"))
        spent = collections.Counter()
        for i in intents:
            state = i["state"].removeprefix("TRANSACTION_STATE_")
            mined = [(a, on_chain[a["hash"]]) for a in i.get("attempts", []) if a["hash"] in on_chain]
            for a, _ in mined:
                if owner.setdefault(a["hash"], i["name"]) != i["name"]:
                    raise Wrong(f"{a['hash']} is of {owner[a['hash']]} and of {i['name']}")
            if state not in FINAL_TX:
                raise Wrong(f"{i['name']} stays {state}: {i.get('text')}")
            if len(mined) > 1:
                raise Wrong(f"{i['name']} happened twice")
            spent[(i["wallet"], i.get("nonce", "0"))] += len(mined)
            if state == "CANCELLED":
                if any(a["kind"] != "ATTEMPT_KIND_CANCEL" for a, _ in mined):
                    raise Wrong(f"{i['name']} is cancelled, and happened")
                continue
            if not mined or mined[0][0]["kind"] == "ATTEMPT_KIND_CANCEL":
                raise Wrong(f"{i['name']} is confirmed, and did not happen")
            x = mined[0][1]
            says = (int(i.get("value", 0)), int(i.get("nonce", 0)), i["to"].lower(),
                    int(i["block"]), int(i["feePaid"]))
            if says != (x["value"], x["nonce"], x["to"], x["block"], x["fee"]):
                raise Wrong(f"{i['name']} says {says}, the chain {x}")
        strangers = [h for h in on_chain if h not in owner]
        if strangers:
            raise Wrong(f"on the chain, not in the store: {strangers}")
        if any(n > 1 for n in spent.values()):
            raise Wrong("a nonce has two fates")
        kinds = {a["hash"]: a["kind"].removeprefix("ATTEMPT_KIND_") for i in intents
                 for a in i.get("attempts", [])}
        self.happened = collections.Counter(kinds[h].lower() for h in on_chain)
        self.happened["withdrawn"] = sum(not any(a["hash"] in on_chain for a in i.get("attempts", []))
                                         for i in intents)
        return intents, owner

    def model_and_chain(self, sent, funder, safe):
        """What each client was told of its steps is what happened to its wallets, in that order."""
        by_wallet = collections.defaultdict(lambda: {"in": [], "home": []})
        for x in sent:
            if x["from"] == funder and x["to"] in self.addresses:
                by_wallet[x["to"]]["in"].append(x)
            elif x["to"] == safe:
                by_wallet[x["from"]]["home"].append(x)
        payments = 0
        for c in self.clients:
            for address in (self.address_of[w] for w in c.wallets):
                paid, home = iter(by_wallet[address]["in"]), iter(by_wallet[address]["home"])
                for o in c.operations:
                    step = next(s for s in o["steps"] if s["address"].lower() == address)
                    if int(step.get("moved", 0)) == 0:
                        continue
                    x = next(paid if o["kind"] == "fund" else home, None)
                    if x is None:
                        raise Wrong(f"{o['name']}: {address} was not paid, the client was told it was")
                    payments += 1
                    if x["value"] != int(step["moved"]):
                        raise Wrong(f"{step['name']} moved {step['moved']}, the chain {x['value']}")
                    holds = x["after"][address]
                    if o["kind"] == "fund" and holds != o["target"]:
                        raise Wrong(f"{o['name']}: {address} has {holds}, asked was {o['target']}")
                    if o["kind"] == "extract" and holds != 0:
                        raise Wrong(f"{o['name']}: {holds} wei stay at {address}")
                for x in (*paid, *home):
                    raise Wrong(f"{x['hash']}: nobody asked for it")
                for o in c.operations:
                    step = next(s for s in o["steps"] if s["address"].lower() == address)
                    if not o["meddled"] & {"cancel", "stop"} and \
                            step["state"] not in ("STEP_STATE_DONE", "STEP_STATE_SKIPPED"):
                        raise Wrong(f"{o['name']}: {json.dumps(step)}")
        return payments

    def store_and_model(self, door, intents, owner, sent):
        asked = {o["name"]: o for c in self.clients for o in c.operations}
        known = {o["name"]: o for o in door.every("OperationService/ListOperations", "operations")
                 if o["kind"] in ("OPERATION_KIND_FUND", "OPERATION_KIND_EXTRACT")}
        if set(asked) != set(known):
            raise Wrong(f"operations: {set(asked) ^ set(known)} are not in both")
        moved, fees = collections.Counter(), collections.Counter()
        of = {i["name"]: i for i in intents}
        for x in sent:
            i = of[owner[x["hash"]]]
            fees[i.get("operation", "")] += x["fee"]
            if i["state"] == "TRANSACTION_STATE_CONFIRMED":
                moved[i.get("operation", "")] += x["value"]
        for name, o in known.items():
            says = int(o.get("moved", 0)), int(o.get("feesPaid", 0))
            if says != (moved[name], fees[name]):
                raise Wrong(f"{name} says {says}, the chain {(moved[name], fees[name])}")

    def settled(self, door):
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            states = [i["state"].removeprefix("TRANSACTION_STATE_")
                      for i in door.every("FundingService/ListTransactions", "transactions")]
            if all(s in FINAL_TX for s in states):
                return
            time.sleep(0.2)

    def run(self):
        o = self.options
        self.log = open(o.log, "a")
        wallets = json.load(open(o.wallets))["wallets"]
        self.address_of = {w["name"]: w["address"].lower() for w in wallets}
        self.addresses = set(self.address_of.values())
        funder, safe = o.funder.lower(), o.safe.lower()
        first = self.chain.block()
        names = [w["name"] for w in wallets]
        self.clients = [Client(self, n, names[n::o.clients]) for n in range(o.clients)]
        door = Door(self.port, self.token)
        receiver = Quiet(("127.0.0.1", o.receiver), Receiver)
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        for c in self.clients:
            c.start()
        self.kill_it()
        last = self.launch()
        try:
            self.enough.set()
            for c in self.clients:
                c.join(timeout=900)
                if c.is_alive():
                    raise Wrong(f"client {c.number} does not end")
            self.check_clients()
            self.settled(door)
            sent = self.chain.transactions(first + 1, self.chain.block(), self.addresses | {funder})
            self.conserve(sent, funder, safe, first)
            intents, owner = self.store_and_chain(door, sent)
            payments = self.model_and_chain(sent, funder, safe)
            self.store_and_model(door, intents, owner, sent)
        finally:
            last.terminate()
            code = last.wait(timeout=30)
        if code != 0:
            raise Wrong(f"the last daemon ended with {code}")
        points = collections.Counter()
        for where, n in self.kills.items():
            points[where.split("/")[0]] += n
        counts = collections.Counter()
        for c in self.clients:
            counts.update(c.counts)
        print(json.dumps({"kills": self.kills.total(), "points": dict(points), "asked": dict(counts),
                          "happened": dict(self.happened), "payments": payments}))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--kills", type=int, default=100)
    p.add_argument("--clients", type=int, default=8)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--patience", type=float, default=0.5, help="seconds until a point that is not passed is given up")
    p.add_argument("--rpc", required=True)
    p.add_argument("--wallets", required=True, help="what `wallets list -o json` printed")
    p.add_argument("--token-file", required=True)
    p.add_argument("--funder", required=True)
    p.add_argument("--safe", required=True)
    p.add_argument("--receiver", type=int, required=True, help="port where a channel of the daemon tells events")
    p.add_argument("--log", required=True)
    p.add_argument("daemon", nargs="+", help="the command that runs it")
    try:
        Campaign(p.parse_args()).run()
    except (Wrong, Refused) as e:
        print(f"campaign.py: {e}", file=sys.stderr)
        os._exit(1)


if __name__ == "__main__":
    main()
