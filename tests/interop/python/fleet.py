#!/usr/bin/python3
"""fleet.py ADDRESS TOKEN_FILE: what a Python programmer does with the fleet, by stubs of protoc.

List and page wallets, plan and fund with every call said twice, watch the operation, watch events
and take the watch up again on a new connection, read ErrorInfo and RetryInfo from
grpc-status-details-bin. Prints what was seen, "STEP<tab>WHAT"; any surprise is an exception. The
other languages beside this folder do the same.
"""
import os
import sys
import time
import uuid

import grpc
from ghostfleet.v1 import (fleet_pb2, fleet_pb2_grpc, funding_pb2, funding_pb2_grpc, operation_pb2,
                           operation_pb2_grpc, wallet_pb2, wallet_pb2_grpc)
from google.rpc import error_details_pb2, status_pb2

address, token_file = sys.argv[1:]
auth = [("authorization", "Bearer " + open(token_file, encoding="ascii").read().strip())]
WALLETS, PAGE, TARGET = 25, 10, 10**15


def connect():
    config = open(os.environ["SERVICE_CONFIG"], encoding="utf-8").read()
    return grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0), ("grpc.service_config", config)])


channel = connect()
fleet = fleet_pb2_grpc.FleetServiceStub(channel)
wallets = wallet_pb2_grpc.WalletServiceStub(channel)
funding = funding_pb2_grpc.FundingServiceStub(channel)
operations = operation_pb2_grpc.OperationServiceStub(channel)


def ask(method, request):
    return method(request, metadata=auth, timeout=30)


def details(error, message):
    """The google.rpc message that the error carries, or None."""
    raw = dict(error.trailing_metadata())["grpc-status-details-bin"]
    status = status_pb2.Status.FromString(raw)
    assert status.code == error.code().value[0] and status.message == error.details(), status
    return message if any(d.Unpack(message) for d in status.details) else None


def refused(method, request, code, reason):
    """The call fails so, and says why in a form for programs."""
    try:
        ask(method, request)
    except grpc.RpcError as e:
        assert e.code() == code, (e.code(), e.details())
        info = details(e, error_details_pb2.ErrorInfo())
        assert (info.reason, info.domain) == (reason, "ghostfleet.v1"), info
        return e.details()
    raise AssertionError(f"not refused: {request}")


def saw(step, what):
    print(f"{step}\t{what}", flush=True)


def new_id():
    return str(uuid.uuid4())


def all_wallets(page_size):
    names, token, pages = [], "", 0
    while True:
        page = ask(wallets.ListWallets, wallet_pb2.ListWalletsRequest(
            page_size=page_size, page_token=token, role=wallet_pb2.WALLET_ROLE_FLEET))
        names += [w.name for w in page.wallets]
        pages += 1
        token = page.next_page_token
        if not token:
            return names, pages


made = ask(wallets.GenerateWallets, wallet_pb2.GenerateWalletsRequest(
    count=WALLETS, profile="degen", request_id=new_id()))
names, pages = all_wallets(PAGE)
assert names == [w.name for w in made.wallets] and pages == 3, (names, pages)
assert all_wallets(1000)[0] == names
saw("list", f"{len(names)} wallets on {pages} pages")

# A dry run obeys the same rules and leaves nothing.
before = ask(fleet.GetFleet, fleet_pb2.GetFleetRequest()).fleet
wish = funding_pb2.PlanFundRequest(target=str(TARGET), request_id=new_id())
dry = funding_pb2.PlanFundRequest()
dry.CopyFrom(wish)
dry.validate_only = True
ask(funding.PlanFund, dry)
after = ask(fleet.GetFleet, fleet_pb2.GetFleetRequest()).fleet
assert after.last_event_id == before.last_event_id and after.operations == before.operations
saw("dry run", "leaves nothing")

# In earnest, twice under one id: one operation.
plan = ask(funding.PlanFund, wish).operation
assert ask(funding.PlanFund, wish).operation == plan
other = funding_pb2.PlanFundRequest(target="2", request_id=wish.request_id)
refused(funding.PlanFund, other, grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")
saw("plan, twice", "one operation; another body: REQUEST_ID_REUSED")


def watch_until(name, states):
    stream = operations.WatchOperation(operation_pb2.WatchOperationRequest(name=name),
                                       metadata=auth, timeout=60)
    for said in stream:
        if said.HasField("operation") and said.operation.state in states:
            stream.cancel()
            return said.operation
    raise AssertionError("the stream ended")


plan = watch_until(plan.name, [operation_pb2.OPERATION_STATE_PLANNED,
                               operation_pb2.OPERATION_STATE_FAILED])
assert plan.state == operation_pb2.OPERATION_STATE_PLANNED, plan.text
refused(operations.RunOperation,
        operation_pb2.RunOperationRequest(name=plan.name, plan_hash="0x" + "00" * 32, request_id=new_id()),
        grpc.StatusCode.FAILED_PRECONDITION, "PLAN_CHANGED")
run = operation_pb2.RunOperationRequest(name=plan.name, plan_hash=plan.plan_hash, request_id=new_id())
started = ask(operations.RunOperation, run).operation
assert ask(operations.RunOperation, run).operation == started
done = watch_until(plan.name, [operation_pb2.OPERATION_STATE_DONE,
                               operation_pb2.OPERATION_STATE_PARTLY,
                               operation_pb2.OPERATION_STATE_FAILED])
assert done.state == operation_pb2.OPERATION_STATE_DONE and done.steps_done == WALLETS, done
assert done.moved == str(WALLETS * TARGET), done.moved
saw("run, twice", f"{done.steps_done} wallets funded, once")


def events_after(stub, event_id, until):
    found = []
    stream = stub.WatchFleet(fleet_pb2.WatchFleetRequest(after_event_id=event_id),
                             metadata=auth, timeout=30)
    for said in stream:
        if not said.HasField("event"):
            continue
        found.append(said.event)
        if until(said.event):
            stream.cancel()
            return found
    raise AssertionError("the stream ended")


def is_done(event):
    return event.kind == "operation.done" and event.subject == plan.name


# A watch that is taken up again, by another connection, misses nothing and repeats nothing.
whole = events_after(fleet, before.last_event_id, is_done)
cut = whole[len(whole) // 2].id
with connect() as again:
    rest = events_after(fleet_pb2_grpc.FleetServiceStub(again), cut, is_done)
assert [e.id for e in rest] == [e.id for e in whole if e.id > cut], (cut, rest)
assert [e.id for e in whole] == sorted({e.id for e in whole})
saw("watch, resumed", "nothing missing, nothing twice")

said = refused(wallets.GetWallet, wallet_pb2.GetWalletRequest(name="wallets/nobody"),
               grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
assert "nobody" in said
good, auth = auth, [("authorization", "Bearer wrong")]
refused(fleet.GetFleet, fleet_pb2.GetFleetRequest(), grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")
auth = good
saw("ErrorInfo", "NOT_FOUND, UNAUTHENTICATED")

# More long calls at a time than may wait: who is refused is told when to come again.
crowd = wallet_pb2.GenerateWalletsRequest(count=250, profile="degen", validate_only=True)
calls = [wallets.GenerateWallets.future(crowd, metadata=auth, timeout=30) for _ in range(40)]
refusals = [c.exception() for c in calls if c.exception()]
assert refusals and len(refusals) < len(calls), len(refusals)
for e in refusals:
    info = details(e, error_details_pb2.ErrorInfo())
    wait = details(e, error_details_pb2.RetryInfo()).retry_delay.ToMilliseconds()
    assert (e.code(), info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "SERVER_BUSY"), e
    assert wait == 200, wait
time.sleep(wait / 1000)
ask(wallets.GenerateWallets, crowd)
saw("RetryInfo", f"SERVER_BUSY: after {wait} ms, then answered")
