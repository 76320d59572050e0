#!/usr/bin/python3
"""client.py ADDRESS TOKEN_FILE: what a Python programmer does with the fleet.

List and page wallets, fund with validate_only and in earnest, watch the operation, resume a watch
from an event's id, read ErrorInfo from grpc-status-details-bin. Any surprise is an exception.
"""
import sys
import uuid

import grpc
from ghostfleet.v1 import (fleet_pb2, fleet_pb2_grpc, funding_pb2, funding_pb2_grpc, operation_pb2,
                           operation_pb2_grpc, wallet_pb2, wallet_pb2_grpc)
from google.rpc import error_details_pb2, status_pb2

address, token_file = sys.argv[1:]
auth = [("authorization", "Bearer " + open(token_file, encoding="ascii").read().strip())]
channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
fleet = fleet_pb2_grpc.FleetServiceStub(channel)
wallets = wallet_pb2_grpc.WalletServiceStub(channel)
funding = funding_pb2_grpc.FundingServiceStub(channel)
operations = operation_pb2_grpc.OperationServiceStub(channel)


def ask(method, request):
    return method(request, metadata=auth, timeout=20)


def refused(method, request, code, reason):
    """The call fails so; its google.rpc.Status says why in a form for programs."""
    try:
        ask(method, request)
    except grpc.RpcError as e:
        assert e.code() == code, (e.code(), e.details())
        raw = dict(e.trailing_metadata())["grpc-status-details-bin"]
        status = status_pb2.Status.FromString(raw)
        assert status.code == code.value[0] and status.message == e.details()
        info = error_details_pb2.ErrorInfo()
        assert any(d.Unpack(info) for d in status.details), status
        assert (info.reason, info.domain) == (reason, "ghostfleet.v1"), info
        return e.details()
    raise AssertionError(f"not refused: {request}")


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
    count=25, profile="degen", request_id=new_id()))
names, pages = all_wallets(10)
assert names == [w.name for w in made.wallets] and pages == 3, (names, pages)
assert all_wallets(1000)[0] == names

# A dry run obeys the same rules and leaves nothing.
before = ask(fleet.GetFleet, fleet_pb2.GetFleetRequest()).fleet
wish = funding_pb2.PlanFundRequest(target=str(10**15), request_id=new_id())
dry = funding_pb2.PlanFundRequest()
dry.CopyFrom(wish)
dry.validate_only = True
ask(funding.PlanFund, dry)
after = ask(fleet.GetFleet, fleet_pb2.GetFleetRequest()).fleet
assert after.last_event_id == before.last_event_id and after.operations == before.operations

# In earnest, twice under one id: one operation.
plan = ask(funding.PlanFund, wish).operation
assert ask(funding.PlanFund, wish).operation.name == plan.name
other = funding_pb2.PlanFundRequest(target="2", request_id=wish.request_id)
refused(funding.PlanFund, other, grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")


def watch_until(name, states):
    seen = []
    stream = operations.WatchOperation(operation_pb2.WatchOperationRequest(name=name),
                                       metadata=auth, timeout=60)
    for said in stream:
        if not said.HasField("operation"):
            continue
        seen.append(said.operation.state)
        if said.operation.state in states:
            stream.cancel()
            return said.operation, seen
    raise AssertionError("the stream ended")


plan, _ = watch_until(plan.name, [operation_pb2.OPERATION_STATE_PLANNED,
                                  operation_pb2.OPERATION_STATE_FAILED])
assert plan.state == operation_pb2.OPERATION_STATE_PLANNED, plan.text
refused(operations.RunOperation,
        operation_pb2.RunOperationRequest(name=plan.name, plan_hash="0x" + "00" * 32, request_id=new_id()),
        grpc.StatusCode.FAILED_PRECONDITION, "PLAN_CHANGED")
run = operation_pb2.RunOperationRequest(name=plan.name, plan_hash=plan.plan_hash, request_id=new_id())
ask(operations.RunOperation, run)
done, seen = watch_until(plan.name, [operation_pb2.OPERATION_STATE_DONE,
                                     operation_pb2.OPERATION_STATE_PARTLY,
                                     operation_pb2.OPERATION_STATE_FAILED])
assert done.state == operation_pb2.OPERATION_STATE_DONE and done.steps_done == 25, done
assert done.moved == str(25 * 10**15), done.moved


def events_after(event_id, until):
    found = []
    stream = fleet.WatchFleet(fleet_pb2.WatchFleetRequest(after_event_id=event_id),
                              metadata=auth, timeout=30)
    for said in stream:
        if not said.HasField("event"):
            continue
        found.append(said.event)
        if until(said.event):
            stream.cancel()
            return found
    raise AssertionError("the stream ended")


# A watch that is taken up again misses nothing and repeats nothing.
def is_done(event):
    return event.kind == "operation.done" and event.subject == plan.name


whole = events_after(before.last_event_id, is_done)
cut = whole[len(whole) // 2].id
rest = events_after(cut, is_done)
assert [e.id for e in rest] == [e.id for e in whole if e.id > cut], (cut, rest)
assert [e.id for e in whole] == sorted({e.id for e in whole})

said = refused(wallets.GetWallet, wallet_pb2.GetWalletRequest(name="wallets/nobody"),
               grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
assert "nobody" in said
auth = [("authorization", "Bearer wrong")]
refused(fleet.GetFleet, fleet_pb2.GetFleetRequest(), grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")
print(f"python: 25 wallets in {pages} pages, funded, {len(whole)} events, {len(rest)} after the cut")
