#!/usr/bin/env python3
"""A JSON-RPC proxy that loses answers, as networks do.

Stands in front of a chain node, passes everything on, and now and then does to a request what its
mode says. One decision a request, which may be a batch; with --scope sends (the default) only to
those that send a transaction, with --scope all to any:

  pass        nothing
  drop        the node has it; the connection closes without an answer
  502         the node has it; a gateway's error page comes back
  timeout     the node has it; no answer for --hold seconds, then the connection closes
  html        the node has it; a page of HTML with status 200 comes back
  truncated   the node has it; half of the answer comes back
  wrong-id    the node has it; the answer bears ids nobody asked with
  duplicate   the node is told twice; the second answer comes back
  reorder     the connection closes without an answer; the node has it up to a second later, after
              what came in between
  429         the node never hears of it; "too many requests"
  lost        the node never hears of it; the connection closes
  mix         one of the above (but pass), by lot
  chain       the node has it; what it says of its chain id is another one (--scope all)
  genesis     the node has it; block 0 has another hash (--scope all)
  lag         the node has it; everything is as it was twenty blocks ago (--scope all)
  realtime    a gateway as MegaETH's: it has realtime_sendRawTransaction, which waits for the
              receipt, and not eth_sendRawTransactionSync (--scope all)

Chance comes from --seed. Every raw transaction that the node was told of is written to --witness
first, one JSON line {"n", "ms", "raw", "fate"}. GET /_proxy answers the counts; POST /_proxy with
{"mode", "rate", "scope"} changes them. Standard library only.
"""
import argparse
import asyncio
import json
import os
import random
import signal
import time
from urllib.parse import urlsplit

SENDS = ("eth_sendRawTransaction", "eth_sendRawTransactionSync", "realtime_sendRawTransaction")
BODY_MAX = 64 * 1024 * 1024
HEAD_MAX = 64 * 1024


class Closed(Exception):
    """The other side is to be left without an answer, or with these last bytes of one."""

    def __init__(self, last_words=b""):
        super().__init__()
        self.last_words = last_words


async def read_message(reader, answer_for=None):
    """One HTTP message: (first line, headers, body). None at a clean end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        return None
    lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    if answer_for and headers.get("expect", "").lower() == "100-continue":
        answer_for.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = b""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        while True:
            size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
            chunk = await reader.readexactly(size + 2)
            if size == 0:
                break
            body += chunk[:-2]
            if len(body) > BODY_MAX:
                raise Closed
    else:
        size = int(headers.get("content-length", "0"))
        if size > BODY_MAX:
            raise Closed
        body = await reader.readexactly(size)
    return lines[0], headers, body


def http_answer(status, body, kind="application/json", more=""):
    return (f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def raw_transactions(body):
    """The raw transactions that a request body sends; none for anything else."""
    try:
        asked = json.loads(body)
    except ValueError:
        return []
    found = []
    for one in asked if isinstance(asked, list) else [asked]:
        if isinstance(one, dict) and one.get("method") in SENDS:
            params = one.get("params")
            # "0x" is none: who asks so wants to know whether there is such a method.
            if isinstance(params, list) and params and isinstance(params[0], str) \
                    and params[0] != "0x":
                found.append(params[0])
    return found


class Upstream:
    """One keep-alive connection to the node, opened when first needed."""

    def __init__(self, url):
        at = urlsplit(url)
        self.tls = at.scheme == "https"
        self.host, self.port = at.hostname, at.port or (443 if self.tls else 80)
        self.path = (at.path or "/") + (f"?{at.query}" if at.query else "")
        self.streams = None

    async def tell(self, body):
        for again in (False, True):
            if self.streams is None:
                self.streams = await asyncio.open_connection(
                    self.host, self.port, limit=HEAD_MAX, ssl=self.tls or None)
            reader, writer = self.streams
            writer.write(f"POST {self.path} HTTP/1.1\r\nHost: {self.host}\r\n"
                         f"Content-Type: application/json\r\n"
                         f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            message = await read_message(reader)
            if message is not None:
                return message[2]
            self.close()
            if again:
                raise ConnectionError("the node closed the connection")
        return b""

    def close(self):
        if self.streams:
            self.streams[1].close()
        self.streams = None


def other_ids(answer):
    parsed = json.loads(answer)
    for one in parsed if isinstance(parsed, list) else [parsed]:
        if isinstance(one, dict) and "id" in one:
            one["id"] = 987654321
    return json.dumps(parsed).encode()


async def fate_pass(proxy, node, body):
    return http_answer("200 OK", await node.tell(body))


async def fate_drop(proxy, node, body):
    await node.tell(body)
    raise Closed


async def fate_502(proxy, node, body):
    await node.tell(body)
    return http_answer("502 Bad Gateway", b"<html><h1>502 Bad Gateway</h1></html>", "text/html")


async def fate_timeout(proxy, node, body):
    await node.tell(body)
    await asyncio.sleep(proxy.options.hold)
    raise Closed


async def fate_html(proxy, node, body):
    await node.tell(body)
    return http_answer("200 OK", b"<html>Please wait while we check your browser</html>",
                       "text/html")


async def fate_truncated(proxy, node, body):
    whole = http_answer("200 OK", await node.tell(body))
    raise Closed(whole[: whole.index(b"\r\n\r\n") + 4 + (len(whole) // 8)])


async def fate_wrong_id(proxy, node, body):
    return http_answer("200 OK", other_ids(await node.tell(body)))


async def fate_duplicate(proxy, node, body):
    await node.tell(body)
    return http_answer("200 OK", await node.tell(body))


async def fate_reorder(proxy, node, body):
    async def later():
        late = Upstream(proxy.options.upstream)
        await asyncio.sleep(proxy.chance.uniform(0.2, 1))
        try:
            await late.tell(body)
        except (OSError, asyncio.IncompleteReadError):
            pass
        late.close()
    task = asyncio.create_task(later())
    proxy.clients.add(task)
    task.add_done_callback(proxy.clients.discard)
    raise Closed


async def fate_429(proxy, node, body):
    said = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"too many requests"}}'
    return http_answer("429 Too Many Requests", said, more="Retry-After: 1\r\n")


async def fate_lost(proxy, node, body):
    raise Closed


def changed_answers(asked, answer, change):
    """The answer with change(question, result) as each result."""
    asked, said = json.loads(asked), json.loads(answer)
    questions = {q["id"]: q for q in (asked if isinstance(asked, list) else [asked])}
    for one in said if isinstance(said, list) else [said]:
        if "result" in one:
            one["result"] = change(questions[one["id"]], one["result"])
    return http_answer("200 OK", json.dumps(said).encode())


async def fate_chain(proxy, node, body):
    return changed_answers(body, await node.tell(body),
                           lambda q, r: "0x539" if q["method"] == "eth_chainId" else r)


async def fate_genesis(proxy, node, body):
    def other(question, result):
        if question["method"] == "eth_getBlockByNumber" and question["params"][0] == "0x0":
            result["hash"] = "0x" + "42" * 32
        return result
    return changed_answers(body, await node.tell(body), other)


LAG = 20


async def fate_lag(proxy, node, body):
    """Heads, states and receipts of LAG blocks ago, for questions that nobody has asked before."""
    head = json.loads(await node.tell(
        b'{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]}'))["result"]
    then = hex(max(int(head, 16) - LAG, 0))
    asked = json.loads(body)
    for one in asked if isinstance(asked, list) else [asked]:
        one["params"] = [then if p in ("latest", "pending") else p for p in one.get("params", [])]

    def older(question, result):
        if question["method"] == "eth_blockNumber":
            return then
        if question["method"] == "eth_getTransactionReceipt" and result \
                and int(result["blockNumber"], 16) > int(then, 16):
            return None
        return result
    told = json.dumps(asked).encode()
    return changed_answers(told, await node.tell(told), older)


async def fate_realtime(proxy, node, body):
    asked = json.loads(body)
    method = None if isinstance(asked, list) else asked.get("method")
    if method == "eth_sendRawTransactionSync":
        said = {"code": -32601, "message": "rpc method is not whitelisted"}
        status = "403 Forbidden"
    elif method == "realtime_sendRawTransaction":
        raw, *wait = asked["params"]
        proxy.counts["waited"] = proxy.counts.get("waited", 0) + (raw != "0x")
        waits = {**asked, "method": "eth_sendRawTransactionSync", "params": [raw]}
        try:
            return http_answer("200 OK", await asyncio.wait_for(
                node.tell(json.dumps(waits).encode()), wait[0] / 1000 if wait else 5))
        except asyncio.TimeoutError:
            node.close()
            said = {"code": -32000, "message": "realtime transaction expired"}
            status = "200 OK"
    else:
        return http_answer("200 OK", await node.tell(body))
    return http_answer(status, json.dumps(
        {"jsonrpc": "2.0", "id": asked["id"], "error": said}).encode())


FATES = {
    "pass": fate_pass,
    "drop": fate_drop,
    "502": fate_502,
    "timeout": fate_timeout,
    "html": fate_html,
    "truncated": fate_truncated,
    "wrong-id": fate_wrong_id,
    "duplicate": fate_duplicate,
    "reorder": fate_reorder,
    "429": fate_429,
    "lost": fate_lost,
    "chain": fate_chain,
    "genesis": fate_genesis,
    "lag": fate_lag,
    "realtime": fate_realtime,
}
UNHEARD = ("429", "lost")
LOT = [f for f in FATES if f not in ("pass", "chain", "genesis", "lag", "realtime")]


class Proxy:
    def __init__(self, options):
        self.options = options
        self.mode, self.rate, self.scope = options.mode, options.rate, options.scope
        self.chance = random.Random(options.seed)
        self.witness = open(options.witness, "a", buffering=1) if options.witness else None
        self.counts = {"requests": 0, "sends": 0, "told": 0}
        self.clients = set()  # asyncio itself forgets whom it serves

    def choose(self):
        if self.mode == "pass" or self.chance.random() >= self.rate:
            return "pass"
        if self.mode == "mix":
            return self.chance.choice(LOT)
        return self.mode

    def write_down(self, raws, fate):
        for raw in raws:
            self.counts["told"] += 1
            if self.witness:
                self.witness.write(json.dumps({"n": self.counts["told"],
                                               "ms": int(time.time() * 1000),
                                               "raw": raw, "fate": fate}) + "\n")

    def control(self, method, body):
        if method == "POST":
            wanted = json.loads(body)
            mode = wanted.get("mode", self.mode)
            if mode != "mix" and mode not in FATES:
                return http_answer("400 Bad Request", b'{"error":"no such mode"}')
            self.mode, self.rate = mode, float(wanted.get("rate", self.rate))
            self.scope = wanted.get("scope", self.scope)
        return http_answer("200 OK", json.dumps(
            {"mode": self.mode, "rate": self.rate, **self.counts}).encode())

    async def answer(self, node, line, body):
        method, path = line.split(" ")[:2]
        if path == "/_proxy":
            return self.control(method, body)
        self.counts["requests"] += 1
        raws = raw_transactions(body)
        fate = "pass"
        self.counts["sends"] += bool(raws)
        if raws or self.scope == "all":
            fate = self.choose()
            self.counts[fate] = self.counts.get(fate, 0) + 1
        if fate not in UNHEARD:
            self.write_down(raws, fate)
        return await FATES[fate](self, node, body)

    async def client(self, reader, writer):
        node = Upstream(self.options.upstream)
        self.clients.add(asyncio.current_task())
        try:
            while True:
                message = await read_message(reader, writer)
                if message is None:
                    break
                line, headers, body = message
                try:
                    said = await self.answer(node, line, body)
                except (OSError, asyncio.IncompleteReadError):
                    node.close()
                    said = http_answer("502 Bad Gateway", b"the node does not answer", "text/plain")
                writer.write(said)
                await writer.drain()
                if headers.get("connection", "").lower() == "close":
                    break
        except Closed as closed:
            writer.write(closed.last_words)
        except (ConnectionError, asyncio.IncompleteReadError, ValueError, asyncio.CancelledError):
            pass
        finally:
            node.close()
            writer.close()
            self.clients.discard(asyncio.current_task())


async def run(options):
    proxy = Proxy(options)
    server = await asyncio.start_server(proxy.client, "127.0.0.1", options.listen, limit=HEAD_MAX)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    if options.ports_file:
        with open(options.ports_file + ".new", "w") as f:
            f.write(url + "\n")
        os.rename(options.ports_file + ".new", options.ports_file)
    else:
        print(url, flush=True)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--listen", type=int, default=0, help="port on 127.0.0.1; 0: any free one")
    p.add_argument("--ports-file", help="file that gets the proxy's address; else it is printed")
    p.add_argument("--upstream", required=True, help="the node, http(s)://HOST[:PORT][/PATH]")
    p.add_argument("--mode", default="drop", choices=[*FATES, "mix"])
    p.add_argument("--scope", default="sends", choices=["sends", "all"])
    p.add_argument("--rate", type=float, default=0.1, help="share of those requests that meet the mode")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--hold", type=float, default=60, help="seconds, for timeout")
    p.add_argument("--witness", help="file for the raw transactions that the node was told of")
    asyncio.run(run(p.parse_args()))


if __name__ == "__main__":
    main()
