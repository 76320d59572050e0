"""retry.py CONFIG CONFIG_IDS: gRPC's own library with our service config, against a server whose
answers are lost three times. A read comes through; a change comes through and was done once; without
the policy both fail. The messages are written by hand: a number, a text."""
import os
import socket
import sys
import threading

import grpc

HEADERS = 1


class Loses:
    """Stands between. While `left` > 0 a connection is cut when the server's answer begins."""

    def __init__(self, upstream):
        self.upstream, self.left, self.lost = upstream, 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.at = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(self.upstream)
            threading.Thread(target=self.up, args=(client, server), daemon=True).start()
            threading.Thread(target=self.down, args=(client, server), daemon=True).start()

    def up(self, client, server):
        try:
            while data := client.recv(65536):
                server.sendall(data)
        except OSError:
            pass

    def frames(self, server):
        have = b""
        while True:
            while len(have) >= 9 and len(have) >= 9 + int.from_bytes(have[:3], "big"):
                n = 9 + int.from_bytes(have[:3], "big")
                yield have[:n]
                have = have[n:]
            more = server.recv(65536)
            if not more:
                return
            have += more

    def down(self, client, server):
        try:
            for frame in self.frames(server):
                if frame[3] == HEADERS and self.left > 0:
                    self.left -= 1
                    self.lost += 1
                    break
                client.sendall(frame)
        except OSError:
            pass
        for end in (client, server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def text(field, value):
    return bytes([field << 3 | 2, len(value)]) + value.encode()


def main():
    host, port = os.environ["GHOST_FLEET_ADDRESS"].split(":")
    between = Loses((host, int(port)))
    token = open(os.environ["GHOST_FLEET_TOKEN_FILE"]).read().strip()
    who = [("authorization", "Bearer " + token)]

    def call(config, method, body):
        options = [("grpc.service_config", open(config).read())] if config else [("grpc.enable_retries", 0)]
        options += [("grpc.use_local_subchannel_pool", 1)]
        with grpc.insecure_channel(between.at, options=options) as channel:
            try:
                return channel.unary_unary("/ghostfleet.v1." + method)(body, timeout=20, metadata=who)
            except grpc.RpcError as e:
                return e.code()

    def lose(n):
        between.left, between.lost = n, 0

    def wallets():
        lose(0)
        return call(None, "WalletService/ListWallets", b"").count(b"wallets/wallet-")

    plain, ids = sys.argv[1:]
    had = wallets()
    lose(3)
    assert call(None, "FleetService/GetFleet", b"") == grpc.StatusCode.UNAVAILABLE
    lose(3)
    answer = call(plain, "FleetService/GetFleet", b"")
    assert isinstance(answer, bytes) and between.lost == 3, (answer, between.lost)
    print("a read came through after 3 lost answers")

    lose(3)
    answer = call(ids, "WalletService/GenerateWallets", b"\x08\x01" + text(5, "once"))
    assert isinstance(answer, bytes) and between.lost == 3, (answer, between.lost)
    assert wallets() == had + 1, (had, wallets())
    print("a change came through after 3 lost answers, and was done once")

    lose(3)
    answer = call(plain, "WalletService/GenerateWallets", b"\x08\x01" + text(5, "not repeated"))
    assert answer == grpc.StatusCode.UNAVAILABLE and between.lost == 1, (answer, between.lost)
    print("a change whose request_id nobody demands is not repeated by the careful policy")

    lose(9)
    answer = call(plain, "FleetService/GetFleet", b"")
    assert answer == grpc.StatusCode.UNAVAILABLE and between.lost == 5, (answer, between.lost)
    print("five attempts are the end")


main()
