"""What a server over HTTP needs in order to fail as servers do."""

import threading
from http.server import BaseHTTPRequestHandler

DRIP_S = 0.01
"""How often it looks whether anything has changed."""


class FaultyHandler(BaseHTTPRequestHandler):
    """Says what it is told to, in chunks if need be, or nothing at all."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def send_chunk(self, data: bytes) -> None:
        """Send a part of a body that has no length; an empty one is the last."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def wait_for_hang_up(self, closing: threading.Event) -> None:
        """Wait until the client goes away, or the server closes; then it is as if it had gone.

        Raises:
            ConnectionAbortedError: Always, in the end.
        """
        self.connection.settimeout(DRIP_S)
        while not closing.is_set():
            try:
                if not self.connection.recv(1):
                    break
            except TimeoutError:
                continue
        raise ConnectionAbortedError

    def log_message(self, *_: object) -> None:
        """Say nothing."""
