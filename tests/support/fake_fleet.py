#!/usr/bin/python3
"""A fleet that answers as it is told to, for tests of the client: the contract over real gRPC,
nothing behind it. Prints its port. Each call is a line of --log: method, request_id, token.

Told by names: profile "partly" ends PARTLY, "failing" FAILED, "unplannable" fails while planning,
"taxed" wants its tax accepted, "slow" takes 3 s. --busy N answers the first N calls with
UNAVAILABLE; --drop breaks the first WatchOperation of each operation half way."""
import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent import futures

import grpc

ap = argparse.ArgumentParser()
ap.add_argument("--port", type=int, default=0)
ap.add_argument("--log", required=True)
ap.add_argument("--busy", type=int, default=0)
ap.add_argument("--drop", action="store_true")
ap.add_argument("--sick", action="store_true")
ap.add_argument("--wallets", type=int, default=3)
a = ap.parse_args()

root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "proto")
gen = tempfile.mkdtemp()
subprocess.run(
    ["protoc", "-I", root, "--plugin=protoc-gen-grpc_python=/usr/bin/grpc_python_plugin",
     "--python_out=" + gen, "--grpc_python_out=" + gen]
    + ["ghostfleet/v1/%s.proto" % n
       for n in ("fleet", "wallet", "funding", "operation", "endpoint", "server")]
    + ["google/rpc/status.proto", "google/rpc/error_details.proto", "grpc/health/v1/health.proto"],
    check=True)
sys.path.insert(0, gen)
# The generated grpc/health must not hide the grpc package.
grpc.__path__.append(os.path.join(gen, "grpc"))
import google  # noqa: E402
google.__path__.append(os.path.join(gen, "google"))
from google.rpc import error_details_pb2, status_pb2  # noqa: E402
from ghostfleet.v1 import endpoint_pb2, endpoint_pb2_grpc, fleet_pb2, fleet_pb2_grpc  # noqa: E402
from ghostfleet.v1 import funding_pb2, funding_pb2_grpc, operation_pb2  # noqa: E402
from ghostfleet.v1 import operation_pb2_grpc, server_pb2, server_pb2_grpc  # noqa: E402
from ghostfleet.v1 import wallet_pb2, wallet_pb2_grpc  # noqa: E402
from grpc.health.v1 import health_pb2, health_pb2_grpc  # noqa: E402

lock = threading.Lock()
log = open(a.log, "a", buffering=1)
busy = [a.busy]
dropped = set()
ops = {}
by_request = {}
ETHER = 10 ** 18


def now(ts, shift=0):
    ts.FromMilliseconds(int((time.time() + shift) * 1000))
    return ts


def refuse(ctx, code, reason, text, retry_ms=0):
    s = status_pb2.Status(code=code.value[0], message=text)
    s.details.add().Pack(error_details_pb2.ErrorInfo(reason=reason, domain="ghostfleet.v1"))
    if retry_ms:
        r = error_details_pb2.RetryInfo()
        r.retry_delay.FromMilliseconds(retry_ms)
        s.details.add().Pack(r)
    ctx.set_trailing_metadata((("grpc-status-details-bin", s.SerializeToString()),))
    ctx.abort(code, text)


def seen(ctx, name, q):
    token = dict(ctx.invocation_metadata()).get("authorization", "-")
    log.write("%s %s %s\n" % (name, getattr(q, "request_id", "") or "-", token.split()[-1]))
    with lock:
        if busy[0] > 0:
            busy[0] -= 1
            mine = True
        else:
            mine = False
    if mine:
        refuse(ctx, grpc.StatusCode.UNAVAILABLE, "SERVER_DRAINING", "this server is shutting down")
    if token == "-" and not name.startswith("Check"):
        refuse(ctx, grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED", "no token came with the call")
    if getattr(q, "name", "").endswith("nobody"):
        refuse(ctx, grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "there is no '%s'" % q.name)


def wallet(i):
    w = wallet_pb2.Wallet(name="wallets/wallet-%03d" % i, address="0x%040x" % i, profile="degen",
                          state=1, role=1, key_kind=1, hd_index=i, enabled=i % 2 == 0,
                          balance=str(i * ETHER // 100), nonce=i, observe_block=7,
                          breaker=wallet_pb2.Breaker(state=1))
    now(w.observe_time, -12)
    now(w.create_time, -3600)
    if i == 2:
        w.breaker.state = 2
        w.breaker.cause = "contract reverts\x1b[31m"
    return w


class Op:
    def __init__(self, kind, q, names):
        self.o = operation_pb2.Operation(name="operations/%d" % (len(ops) + 1), kind=kind, state=1,
                                         actor="admin")
        now(self.o.create_time)
        now(self.o.expire_time, 600)
        self.profile = q.wallets.profile
        self.names = names
        self.since = time.time()
        self.ran = None
        self.steps = [operation_pb2.Step(name="%s/steps/%d" % (self.o.name, i), wallet=n, state=1,
                                         value=str(ETHER // 20), max_fee=str(ETHER // 10 ** 5),
                                         text="send 0.05 ether")
                      for i, n in enumerate(names)]
        if self.steps:
            self.steps[-1].state = 4
            self.steps[-1].text = "holds 0.06 ether already"
        if kind == 1:
            self.o.target = q.target
            self.o.source = "wallets/funder"
        elif kind == 2:
            self.o.destination = q.destination or "0x" + "a" * 40

    def tick(self):
        o, act = self.o, self.steps[:-1]
        if o.state == 1 and time.time() - self.since > 0.3:
            if self.profile == "unplannable":
                o.state, o.text = 6, "the funder holds 0 ether"
                return
            o.state = 2
            o.plan_hash = "ab" * 32
            o.steps_total = len(self.steps)
            o.plan.act, o.plan.skip = len(act), 1
            o.plan.value = str(len(act) * ETHER // 20)
            o.plan.max_fees = str(len(act) * ETHER // 10 ** 5)
            o.plan.funder_total, o.plan.funder_balance = str(ETHER // 5), str(2 * ETHER)
            if self.profile == "taxed":
                o.plan.tokens.add(token="0x1", symbol="DATA", amount="1000", tax="50")
                o.warnings.append("DATA takes 5 % of each transfer")
        if o.state == 3:
            pace = 1.5 if self.profile == "slow" else 0.2
            n = min(len(act), int((time.time() - self.ran) / pace))
            for s in act[:n]:
                s.state, s.moved, s.fees_paid = 3, s.value, str(ETHER // 10 ** 5)
            o.steps_done, o.steps_skipped = n, 1
            o.moved, o.fees_paid = str(n * ETHER // 20), str(n * ETHER // 10 ** 5)
            if n == len(act):
                o.state = 4
                if self.profile in ("partly", "failing"):
                    o.state = 5 if self.profile == "partly" else 6
                    act[0].state, act[0].text, act[0].moved = 5, "reverted: locked", ""
                    o.steps_done, o.steps_failed = n - 1, 1
                    o.text = "1 step failed"
                now(o.end_time)


class Ops(operation_pb2_grpc.OperationServiceServicer):
    def find(self, ctx, q):
        if q not in ops:
            refuse(ctx, grpc.StatusCode.NOT_FOUND, "NOT_FOUND", "there is no '%s'" % q)
        with lock:
            ops[q].tick()
        return ops[q]

    def GetOperation(self, q, ctx):
        seen(ctx, "GetOperation", q)
        return operation_pb2.GetOperationResponse(operation=self.find(ctx, q.name).o)

    def ListOperations(self, q, ctx):
        seen(ctx, "ListOperations", q)
        return operation_pb2.ListOperationsResponse(operations=[
            p.o for p in reversed(list(ops.values())) if not q.states or p.o.state in q.states])

    def ListSteps(self, q, ctx):
        seen(ctx, "ListSteps", q)
        steps = [s for s in self.find(ctx, q.parent).steps if not q.states or s.state in q.states]
        return operation_pb2.ListStepsResponse(steps=steps[:q.page_size or 100])

    def RunOperation(self, q, ctx):
        seen(ctx, "RunOperation", q)
        p = self.find(ctx, q.name)
        if q.plan_hash != p.o.plan_hash:
            refuse(ctx, grpc.StatusCode.FAILED_PRECONDITION, "PLAN_CHANGED", "another plan")
        if p.profile == "taxed" and not q.accept_token_tax:
            refuse(ctx, grpc.StatusCode.FAILED_PRECONDITION, "FAILED_PRECONDITION",
                   "DATA takes 5 %; run it with --accept-token-tax")
        if p.o.state == 2:
            p.o.state = 3
            p.ran = time.time()
            now(p.o.run_time)
        return operation_pb2.RunOperationResponse(operation=p.o)

    def CancelOperation(self, q, ctx):
        seen(ctx, "CancelOperation", q)
        p = self.find(ctx, q.name)
        p.o.state, p.o.text = 7, q.reason
        return operation_pb2.CancelOperationResponse(operation=p.o)

    def WatchOperation(self, q, ctx):
        seen(ctx, "WatchOperation", q)
        for n in range(10000):
            o = self.find(ctx, q.name).o
            yield operation_pb2.WatchOperationResponse(operation=o)
            if o.state in (4, 5, 6, 7):
                return
            if a.drop and o.state == 3 and q.name not in dropped:
                dropped.add(q.name)
                refuse(ctx, grpc.StatusCode.UNAVAILABLE, "SERVER_DRAINING", "restarting")
            time.sleep(0.1)


class Funding(funding_pb2_grpc.FundingServiceServicer):
    def plan(self, ctx, kind, q, answer):
        if q.request_id not in by_request:
            names = list(q.wallets.names) or ["wallets/wallet-%03d" % i for i in range(4)]
            p = Op(kind, q, names)
            ops[p.o.name] = p
            by_request[q.request_id] = p
        return answer(operation=by_request[q.request_id].o)

    def PlanFund(self, q, ctx):
        seen(ctx, "PlanFund", q)
        return self.plan(ctx, 1, q, funding_pb2.PlanFundResponse)

    def PlanExtract(self, q, ctx):
        seen(ctx, "PlanExtract", q)
        return self.plan(ctx, 2, q, funding_pb2.PlanExtractResponse)

    def ListTransactions(self, q, ctx):
        seen(ctx, "ListTransactions", q)
        x = funding_pb2.Transaction(name="transactions/1", wallet="wallets/wallet-001",
                                    purpose="fund", state=14, nonce=3, value=str(ETHER),
                                    text="nonce 3 was used by someone else")
        x.attempts.add(hash="0x" + "cd" * 32, state=14)
        now(x.create_time, -90)
        return funding_pb2.ListTransactionsResponse(
            transactions=[x] if not q.states or 14 in q.states else [])

    def safe(self, address, state):
        s = funding_pb2.SafeAddress(name="safeAddresses/" + address, address=address, chain_id=1,
                                    label="cold", state=state, actor="admin")
        now(s.create_time, -60)
        now(s.active_time, 3600)
        return s

    def ListSafeAddresses(self, q, ctx):
        seen(ctx, "ListSafeAddresses", q)
        return funding_pb2.ListSafeAddressesResponse(safe_addresses=[self.safe("0x" + "a" * 40, 2)])

    def AddSafeAddress(self, q, ctx):
        seen(ctx, "AddSafeAddress", q)
        return funding_pb2.AddSafeAddressResponse(safe_address=self.safe(q.address, 1))

    def RemoveSafeAddress(self, q, ctx):
        seen(ctx, "RemoveSafeAddress", q)
        return funding_pb2.RemoveSafeAddressResponse(safe_address=self.safe("0x" + "a" * 40, 3))


class Fleet(fleet_pb2_grpc.FleetServiceServicer):
    paused = None

    def GetFleet(self, q, ctx):
        seen(ctx, "GetFleet", q)
        f = fleet_pb2.Fleet(state=1, total_balance=str(3 * ETHER // 2), last_event_id=5)
        f.wallets.total = f.wallets.active = a.wallets
        f.transactions.in_pool = 2
        f.chain.chain_id, f.chain.head_block, f.chain.base_fee, f.chain.tip = 31337, 9, "1000", "7"
        f.chain.endpoints, f.chain.endpoints_ok = 2, 1
        now(f.chain.observe_time, -2)
        now(f.oldest_observe_time, -30)
        if self.paused:
            f.state = self.paused.kind + 1
            f.pauses.append(self.paused)
        f.problems.append("endpoint backup does not answer since 3m: connection refused")
        e = f.recent.add(id=5, subject="wallets/wallet-002", kind="breaker.tripped", text="5 in a row")
        now(e.time, -100)
        return fleet_pb2.GetFleetResponse(fleet=f)

    def PauseFleet(self, q, ctx):
        seen(ctx, "PauseFleet", q)
        p = fleet_pb2.Pause(epoch=1, kind=q.kind, scope=q.scope, reason=q.reason, actor="admin")
        now(p.create_time)
        if not q.validate_only and q.scope == "fleet":
            Fleet.paused = p
        return fleet_pb2.PauseFleetResponse(pause=p, durability=2 if q.reason == "full" else 1)

    def ResumeFleet(self, q, ctx):
        seen(ctx, "ResumeFleet", q)
        changed, Fleet.paused = Fleet.paused is not None, None
        return fleet_pb2.ResumeFleetResponse(changed=changed, state=1)

    def WatchFleet(self, q, ctx):
        seen(ctx, "WatchFleet", q)
        if q.after_event_id == 1:
            refuse(ctx, grpc.StatusCode.OUT_OF_RANGE, "EVENTS_PRUNED", "events before 3 are gone")
        for i in range(q.after_event_id + 1, q.after_event_id + 4):
            e = fleet_pb2.Event(id=i, subject="fleet", kind="paused", text="gas", actor="admin")
            now(e.time)
            yield fleet_pb2.WatchFleetResponse(event=e)
        time.sleep(0.2)


class Wallets(wallet_pb2_grpc.WalletServiceServicer):
    def ListWallets(self, q, ctx):
        seen(ctx, "ListWallets", q)
        start = int(q.page_token or 0)
        n = min(q.page_size or 100, 1000)
        r = wallet_pb2.ListWalletsResponse(
            wallets=[wallet(i) for i in range(start, min(start + n, a.wallets))])
        if start + n < a.wallets:
            r.next_page_token = str(start + n)
        return r

    def GetWallet(self, q, ctx):
        seen(ctx, "GetWallet", q)
        return wallet_pb2.GetWalletResponse(wallet=wallet(2))

    def GenerateWallets(self, q, ctx):
        seen(ctx, "GenerateWallets", q)
        return wallet_pb2.GenerateWalletsResponse(wallets=[wallet(i) for i in range(q.count)])

    def ImportWallets(self, q, ctx):
        seen(ctx, "ImportWallets", q)
        log.write("import %d %s\n" % (len(q.wallets), " ".join(
            "%s/%s/%d/%s" % (w.name, w.address[-4:], len(w.private_key), w.enabled)
            for w in q.wallets[:5])))
        return wallet_pb2.ImportWalletsResponse(wallets=[wallet(i) for i in range(len(q.wallets))])

    def UpdateWallet(self, q, ctx):
        seen(ctx, "UpdateWallet", q.wallet)
        return wallet_pb2.UpdateWalletResponse(wallet=q.wallet)

    def ResetBreaker(self, q, ctx):
        seen(ctx, "ResetBreaker", q)
        if q.name.endswith("holds") and not q.force:
            refuse(ctx, grpc.StatusCode.FAILED_PRECONDITION, "BREAKER_CAUSE_HOLDS", "it still reverts")
        return wallet_pb2.ResetBreakerResponse(changed=True, wallet=wallet(2))

    def RetireWallet(self, q, ctx):
        seen(ctx, "RetireWallet", q)
        return wallet_pb2.RetireWalletResponse(wallet=wallet(2))


class Endpoints(endpoint_pb2_grpc.EndpointServiceServicer):
    def ListEndpoints(self, q, ctx):
        seen(ctx, "ListEndpoints", q)
        return endpoint_pb2.ListEndpointsResponse(endpoints=[
            endpoint_pb2.Endpoint(name="endpoints/main", url="http://127.0.0.1:8545", state=2,
                                  preferred=True, chain_id=31337, head_block=9, latency_ms=3)])

    def CheckEndpoints(self, q, ctx):
        seen(ctx, "CheckEndpoints", q)
        p = Op(4, funding_pb2.PlanFundRequest(), [])
        p.o.state = 4
        ops[p.o.name] = p
        return endpoint_pb2.CheckEndpointsResponse(operation=p.o)

    def UseEndpoint(self, q, ctx):
        seen(ctx, "UseEndpoint", q)
        return endpoint_pb2.UseEndpointResponse(endpoint=endpoint_pb2.Endpoint(name=q.name))


class Server(server_pb2_grpc.ServerServiceServicer):
    def GetServerInfo(self, q, ctx):
        seen(ctx, "GetServerInfo", q)
        return server_pb2.GetServerInfoResponse(version="0.1.0", schema=1, identity="admin",
                                                roles=["admin"], capabilities=["fund"])

    def CheckGate(self, q, ctx):
        seen(ctx, "CheckGate", q)
        return server_pb2.CheckGateResponse(open=not a.sick, reasons=["money moves"] if a.sick else [])


class Health(health_pb2_grpc.HealthServicer):
    def Check(self, q, ctx):
        seen(ctx, "Check", q)
        return health_pb2.HealthCheckResponse(status=2 if a.sick else 1)


s = grpc.server(futures.ThreadPoolExecutor(8))
operation_pb2_grpc.add_OperationServiceServicer_to_server(Ops(), s)
funding_pb2_grpc.add_FundingServiceServicer_to_server(Funding(), s)
fleet_pb2_grpc.add_FleetServiceServicer_to_server(Fleet(), s)
wallet_pb2_grpc.add_WalletServiceServicer_to_server(Wallets(), s)
endpoint_pb2_grpc.add_EndpointServiceServicer_to_server(Endpoints(), s)
server_pb2_grpc.add_ServerServiceServicer_to_server(Server(), s)
health_pb2_grpc.add_HealthServicer_to_server(Health(), s)
print(s.add_insecure_port("127.0.0.1:%d" % a.port), flush=True)
s.start()
s.wait_for_termination()
