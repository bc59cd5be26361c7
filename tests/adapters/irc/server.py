"""A real IRC server on loopback: the one of the package `irc`, in a process of its own.

It lacks what the tests need: operators, kicks, invitations, lists of names, answers to a ping that come
after all that went before, and an end of its busy waiting. All of that is added here.
"""

import select
import socket
import subprocess
import sys
import threading
from typing import Any

from irc.server import IRCClient, IRCError, IRCServer


class Queue(list[str]):
    """What is to be sent, in its order; whoever waits for it is woken."""

    def __init__(self) -> None:
        super().__init__()
        self.bell, self._rope = socket.socketpair()

    def append(self, line: str) -> None:
        super().append(line)
        self._rope.send(b".")

    def close(self) -> None:
        self.bell.close()
        self._rope.close()


class Client(IRCClient):  # type: ignore[misc]
    """One connection."""

    def setup(self) -> None:
        self.send_queue = Queue()
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _handle_one(self) -> None:
        ready, _, _ = select.select([self.request, self.send_queue.bell], [], [])
        if self.send_queue.bell in ready:
            self.send_queue.bell.recv(4096)
        try:
            while self.send_queue:
                self.request.sendall(self.send_queue.pop(0).encode() + b"\r\n")
        except OSError as error:
            raise self.Disconnect from error
        if self.request in ready:
            self._handle_incoming()

    def _send(self, line: str) -> None:
        self.send_queue.append(line)

    def _handle_line(self, line: str) -> None:
        with self.server.lock:
            super()._handle_line(line)

    def finish(self) -> None:
        with self.server.lock:
            super().finish()
            self.send_queue.close()

    def handle_nick(self, params: str) -> Any:
        if params in self.server.banned:
            raise self.Disconnect
        return super().handle_nick(params)

    def handle_ping(self, params: str) -> None:
        self._say(f"PONG {self.server.servername} {params}")

    def handle_join(self, params: str) -> None:
        name = params.split()[0]
        there = self.server.channels.get(name)
        if there is None or not there.clients:
            self.server.operators[name] = {self}
        super().handle_join(params)
        del self.send_queue[-2:]  # its list knows no operators
        self.handle_names(name)

    def handle_names(self, params: str) -> None:
        there = self.server.channels.get(params)
        operators = self.server.operators.get(params, ())
        members = there.clients if there is not None else ()
        names = " ".join(("@" if each in operators else "") + each.nick for each in members)
        if names:
            self._say(f"353 {self.nick} = {params} :{names}")
        self._say(f"366 {self.nick} {params} :End of /NAMES list")

    def handle_mode(self, params: str) -> None:
        name, sign, nick = params.split()
        operators, who = self._led(name), self._client(nick)
        (operators.add if sign == "+o" else operators.discard)(who)
        self._to_all(name, f"MODE {name} {sign} {nick}")

    def handle_kick(self, params: str) -> None:
        name, nick = params.split()[:2]
        self._led(name).discard(who := self._client(nick))
        self._to_all(name, f"KICK {name} {nick} :out")
        self.server.channels[name].clients.discard(who)
        who.channels.pop(name, None)

    def handle_invite(self, params: str) -> None:
        nick, name = params.split()
        self._led(name)
        self._client(nick).send_queue.append(f":{self.client_ident()} INVITE {nick} :{name}")

    def handle_ban(self, params: str) -> None:
        """Throw somebody out, and keep them out: no command of IRC, but of whoever runs a server."""
        self.server.banned.add(params)
        self.server.clients[params].request.shutdown(socket.SHUT_RDWR)

    def handle_tell(self, params: str) -> None:
        """Send somebody a line as it stands."""
        nick, _, line = params.partition(" ")
        self._client(nick).send_queue.append(line)

    def handle_unban(self, params: str) -> None:
        self.server.banned.discard(params)

    def _led(self, name: str) -> set["Client"]:
        operators: set[Client] = self.server.operators.get(name, set())
        if self not in operators:
            raise IRCError(482, f"{name} :You're not a channel operator")
        return operators

    def _client(self, nick: str) -> "Client":
        found: Client | None = self.server.clients.get(nick)
        if found is None:
            raise IRCError(401, f"{nick} :No such nick")
        return found

    def _to_all(self, name: str, line: str) -> None:
        for each in self.server.channels[name].clients:
            each.send_queue.append(f":{self.client_ident()} {line}")

    def _say(self, line: str) -> None:
        self.send_queue.append(f":{self.server.servername} {line}")


class Server(IRCServer):  # type: ignore[misc]
    """All of it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Client)
        self.lock = threading.RLock()
        self.operators: dict[str, set[Client]] = {}
        self.banned: set[str] = set()


class Running:
    """The server in its own process."""

    def __init__(self) -> None:
        """Start it, and come back when it listens."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.adapters.irc.server import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        self._process.communicate("")
        assert self._process.returncode == 0


def serve() -> None:
    """Say the port, and serve until the standard input ends."""
    server = Server()
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    server.shutdown()
