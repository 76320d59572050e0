"""mailbox.py PORT_FILE FOLDER USER PASSWORD - a real SMTP server (aiosmtpd) that wants a login and
keeps each mail as a file: its headers, who logged in, and its text decoded."""
import email
import email.policy
import itertools
import os
import signal
import socket
import sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

port_file, folder, user, password = sys.argv[1:]
numbers = itertools.count(1)


def login(server, session, envelope, mechanism, data):
    fine = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
    return AuthResult(success=fine, auth_data=data.login if fine else None, handled=fine)


class Keeper:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        lines = [f"{name}: {value}" for name, value in mail.items()]
        lines += [f"X-Login: {session.auth_data.decode()}", f"X-Recipients: {envelope.rcpt_tos}"]
        lines += [f"Text: {line}" for line in mail.get_content().splitlines()]
        with open(os.path.join(folder, f"{next(numbers)}.txt"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return "250 kept"


class Server(Controller):
    def factory(self):
        return SMTP(self.handler, authenticator=login, auth_required=True, auth_require_tls=False)


os.makedirs(folder, exist_ok=True)
# It looks whether it can reach its own port, so that 0 is no port for it.
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
server = Server(Keeper(), hostname="127.0.0.1", port=port)
server.start()
with open(port_file + ".part", "w", encoding="utf-8") as file:
    file.write(str(port))
os.rename(port_file + ".part", port_file)
signal.sigwait({signal.SIGTERM, signal.SIGINT})
server.stop()
