#!/usr/bin/python3
"""pages.py methods|grpcurl|matrix CONTRACT.binpb [SEEN_DIR]: what stands in tables and descriptors,
as pages. pages.py lines OUT_DIR: the page's lines as scripts.

methods: every method of ours, one a line. grpcurl: docs/reference/grpcurl.md, from calls.tsv and the
comments of the .proto files. matrix: docs/reference/interop.md, from what each client saw; a client
of which nothing is known this time keeps what the page says of it. lines: each example of
docs/reference/grpcurl.md as OUT_DIR/ROW.sh, by the row of calls.tsv that it came from.
"""
import json
import pathlib
import re
import sys

from google.protobuf import descriptor_pb2

what, contract = sys.argv[1:3]
rows = [line.split("\t") for line in
        pathlib.Path("tests/interop/calls.tsv").read_text(encoding="utf-8").splitlines()]
files = []
if what != "lines":
    files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(contract).read_bytes()).file
messages = {f".{f.package}.{m.name}": m for f in files for m in f.message_type}
# Name on the page, transport, what it is.
CLIENTS = {
    "grpcurl": "grpcurl, by reflection (v1 and v1alpha)",
    "buf": "`buf curl`, gRPC, by reflection (v1 and v1alpha)",
    "python": "Debian's grpcio, stubs of protoc",
    "node": "@grpc/grpc-js: messages of protoc-gen-es; and @grpc/proto-loader",
    "go": "grpc-go, stubs of protoc-gen-go-grpc",
    "cpp": "Debian's grpc++, stubs of protoc; rows by a GenericStub",
    "curl": "curl, JSON by HTTP/1.1",
    "buf-connect": "`buf curl --protocol connect`, protobuf by HTTP/1.1",
    "connect-node": "@connectrpc/connect-node, protobuf",
    "connect-node-json": "@connectrpc/connect-node, JSON",
    "connect-web": "@connectrpc/connect-web, JSON by fetch",
    "python-older": "grpcio, stubs made from the last release's contract (`proto/released.binpb`)",
    "older-python": "grpcio, today's stubs, against a server that knows the last release's contract alone",
    "older-ghostctl": "today's ghostctl, against the same older server",
}


def services():
    for f in files:
        comments = {tuple(loc.path): loc.leading_comments for loc in f.source_code_info.location}
        for i, service in enumerate(f.service):
            yield f"{f.package}.{service.name}", [
                (m, comments.get((6, i, 2, k), "").strip()) for k, m in enumerate(service.method)]


def spelled(value, type_name):
    """As grpcurl reads it: a FieldMask is its paths."""
    if type_name == ".google.protobuf.FieldMask":
        return {"paths": [re.sub("[A-Z]", lambda c: "_" + c[0].lower(), p) for p in value.split(",") if p]}
    message = messages.get(type_name)
    if not isinstance(value, dict) or not message:
        return value
    fields = {f.json_name: f for f in message.field}
    return {k: [spelled(e, fields[k].type_name) for e in v] if isinstance(v, list)
            else spelled(v, fields[k].type_name) if k in fields else v for k, v in value.items()}


def example(name, want, text, input_type):
    body = spelled(json.loads(text), input_type)
    # What stands between single quotes of a shell.
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).replace("'", "'\\''")
    limit = " -max-time 2" if want == "stream" else ""
    says = {"ok": "", "stream": "\nTells until it ends, or you leave; here after 2 s:\n"}.get(
        want, f"\nIs refused with `{want.upper()}`:\n")
    return (f"{says}\n```sh {want}\ngrpcurl -plaintext{limit} -expand-headers \\\n"
            f"\t-H 'Authorization: Bearer ${{GHOST_FLEET_TOKEN}}' \\\n"
            f"\t-d '{data}' \\\n\t\"$fleet\" {name}\n```\n")


def grpcurl():
    out = ["""# Every call by grpcurl

Made from `tests/interop/calls.tsv` and the comments of `proto/` by `tests/interop/pages.sh`; a test
runs each line as it stands here, in the table's order, against a fresh daemon on a chain. Nothing but
the address is needed: the server tells its contract by reflection. The token stays out of the
command line:

    export fleet=127.0.0.1:50051
    GHOST_FLEET_TOKEN=$(cat admin.token); export GHOST_FLEET_TOKEN

`-plaintext` is for loopback; elsewhere `-cacert ca.pem`. A call that changes something may be said
again with the same `requestId` and has the same answer. The wallets are those
that GenerateWallets made, the operation is PlanFund's. With an error grpcurl prints its `google.rpc.ErrorInfo`.
"""]
    known = dict(services())
    order = [n for n, _, _ in rows]
    for service, methods in sorted(known.items(), key=lambda s: min(
            (order.index(n) for n in order if n.startswith(s[0] + "/")), default=len(order))):
        out.append(f"\n## {service}\n")
        for m, comment in methods:
            made = [example(n, want, body, m.input_type) for n, want, body in rows if n == f"{service}/{m.name}"]
            text = " ".join(line.strip() for line in comment.splitlines() if line.strip())
            if made:
                out += [f"\n### {m.name}\n", f"\n{text}\n" if text else "", *made]
    return "".join(out)


def seen_by(folder, client, page):
    """{call or step: what was seen, in order}"""
    file = pathlib.Path(folder) / f"{client}.tsv"
    if not file.exists():
        return page.get(client, {})
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        name, said = line.split("\t")
        if said not in found.setdefault(name, []):
            found[name].append(said)
    return {name: ", ".join(said) for name, said in found.items()}


def read_page(path):
    """What the page says now: {client: {call: seen}}"""
    found, clients, service = {}, [], ""
    if not path.exists():
        return found
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            service = line[3:] + "/" if "." in line else ""
        cells = [c.strip() for c in line.split("|")[1:-1]]
        if not cells or set(cells[0]) <= set("-:"):
            continue
        if cells[0] in ("call", "step"):
            clients = cells[1:]
        elif clients:
            for client, said in zip(clients, cells[1:]):
                if said:
                    found.setdefault(client, {})[service + cells[0]] = said
    return found


def table(head, names, seen, prefix=""):
    clients = [c for c in CLIENTS if any(prefix + n in seen[c] for n in names)]
    out = [f"\n| {head} | " + " | ".join(clients) + " |\n|---" * 1 + "|---" * len(clients) + "|\n"]
    for name in names:
        out.append(f"| {name} | " + " | ".join(seen[c].get(prefix + name, "") for c in clients) + " |\n")
    return "".join(out)


def matrix(folder):
    page = read_page(pathlib.Path("docs/reference/interop.md"))
    seen = {client: seen_by(folder, client, page) for client in CLIENTS}
    out = ["""# Who can talk to it

Each client makes the same calls (`tests/interop/calls.tsv`) against the running daemon beside a chain;
here is what each saw, written by its test and compared by `tests/interop/pages.sh`. Every method of
the contract has at least one row. Streams, and what gRPC itself defines, are not on the HTTP door:
there a client is told `unimplemented`. Versions are pinned in `tests/interop/*/`.

| client | what it is |
|---|---|
"""]
    out += [f"| {name} | {about} |\n" for name, about in CLIENTS.items()]
    calls = list(dict.fromkeys(n for n, _, _ in rows))
    steps = [s for s in dict.fromkeys(k for c in CLIENTS for k in seen[c]) if "/" not in s]
    out.append("""
## What a programmer does

With generated clients: list and page, plan and fund with every call said twice, watch, lose the
connection and take the watch up again by its last event, read what an error carries and come again
when it says so.
""")
    out.append(table("step", steps, seen))
    for service in dict.fromkeys(n.split("/")[0] for n in calls):
        out.append(f"\n## {service}\n")
        out.append(table("call", [n.split("/")[1] for n in calls if n.startswith(service + "/")], seen,
                         service + "/"))
    return "".join(out)


def lines(out):
    text = pathlib.Path("docs/reference/grpcurl.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh (\S+)\n(.*?)^```$", text, re.M | re.S)
    for i, (name, want, _) in enumerate(rows):
        found = next(b for b in blocks if b[0] == want and b[1].rstrip().endswith(" " + name))
        blocks.remove(found)
        (pathlib.Path(out) / f"{i:03}.sh").write_text(found[1], encoding="utf-8")
    assert not blocks, blocks


if what == "lines":
    lines(contract)
elif what == "methods":
    print("\n".join(f"{service}/{m.name}" for service, methods in services() for m, _ in methods
                    if service.startswith("ghostfleet.")))
elif what == "grpcurl":
    print(grpcurl(), end="")
else:
    print(matrix(sys.argv[3]), end="")
