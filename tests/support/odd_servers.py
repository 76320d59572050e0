"""odd_servers.py FOLDER - the other side as it is in bad hours, each on a port of its own in
FOLDER/NAME.port: `hang` takes connections and never says a word; with FOLDER/tls.pem (certificate and
key) also `tls`, an HTTPS server that keeps each body as a line of FOLDER/tls.jsonl."""
import http.server
import os
import signal
import socket
import ssl
import sys
import threading

folder = sys.argv[1]


def keep_port(name, port):
    path = os.path.join(folder, name + ".port")
    with open(path + ".part", "w", encoding="utf-8") as file:
        file.write(str(port))
    os.rename(path + ".part", path)


class Keeper(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(os.path.join(folder, "tls.jsonl"), "ab") as file:
            file.write(body + b"\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


silent = socket.socket()
silent.bind(("127.0.0.1", 0))
silent.listen(64)
taken = []


def take():
    while True:
        taken.append(silent.accept())


threading.Thread(target=take, daemon=True).start()
pem = os.path.join(folder, "tls.pem")
if os.path.exists(pem):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    https = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keeper)
    https.socket = context.wrap_socket(https.socket, server_side=True)
    threading.Thread(target=https.serve_forever, daemon=True).start()
    keep_port("tls", https.server_port)
keep_port("hang", silent.getsockname()[1])
signal.sigwait({signal.SIGTERM, signal.SIGINT})
