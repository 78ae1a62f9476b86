"""A web host at the end of a line: keep-alive, cache headers, gzip; so many bytes a second and so long a way.

The limit holds for all connections together, as on a reader's own line: each piece of an answer leaves after the time
that it and everything before it need. The way there and back is paid once for a connection and once for a request.
TCP's slow start is not imitated. Both directions of a comparison go through the same server, so its own cost cancels.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.serving import Handler, Server

PIECE = 16_384
MEGABIT = 125_000


@dataclass(frozen=True, slots=True)
class Line:
    """What lies between a reader and the host: bytes a second (0: no limit), and seconds there and back."""

    name: str
    rate: float = 0.0
    round_trip: float = 0.0


NEAR = Line("this machine")
FAST = Line("20 Mbit/s", 20 * MEGABIT)
SLOW = Line("9 Mbit/s, 60 ms", 9 * MEGABIT, 0.060)


class Host:
    """One server: its address, the line to it, and what has travelled."""

    def __init__(self) -> None:
        self.address = ""
        self.line = NEAR
        self.sent = 0
        self.requests = 0
        self.busy = 0
        self.last = time.monotonic()
        self._lock = threading.Lock()
        self._free_at = 0.0

    def wait_turn(self, size: int) -> None:
        """Until the line has carried so many bytes more."""
        with self._lock:
            self.sent += size
            self.last = now = time.monotonic()
            if not self.line.rate:
                return
            self._free_at = max(self._free_at, now) + size / self.line.rate
            wait = self._free_at - now
        time.sleep(wait)

    def count(self, change: int) -> None:
        """A request begins (1) or has been answered (-1)."""
        with self._lock:
            self.busy += change
            self.requests += change > 0
            self.last = time.monotonic()

    def quiet(self, seconds: float = 0.7, limit: float = 180) -> None:
        """Wait until nothing has been asked or sent for so many seconds."""
        until = time.monotonic() + limit
        while self.busy or time.monotonic() - self.last < seconds:
            assert time.monotonic() < until, "the page never stops fetching"
            time.sleep(0.05)


class Far(Handler):
    """Answers at the end of the line."""

    protocol_version = "HTTP/1.1"
    timeout = 120

    def __init__(
        self, *arguments: object, host: Host, packed: dict[tuple[Path, int], bytes], **options: object
    ) -> None:
        self.host = host
        super().__init__(*arguments, packed=packed, **options)

    def setup(self) -> None:
        """A connection costs one way there and back."""
        super().setup()
        time.sleep(self.host.line.round_trip)
        self.wfile.write = partial(self._slowly, self.wfile.write)  # type: ignore[method-assign]

    def do_GET(self) -> None:  # noqa: N802 - the base class names it so
        """A request costs another."""
        self.host.count(1)
        try:
            time.sleep(self.host.line.round_trip)
            super().do_GET()
        finally:
            self.host.count(-1)

    def end_headers(self) -> None:
        """Ten minutes in the browser's cache, as static hosts have it."""
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def _slowly(self, write: Callable[[bytes], int], data: bytes) -> int:
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            self.host.wait_turn(len(piece))
            write(piece)
        return len(data)


@contextmanager
def at_the_end_of_a_line(folder: Path) -> Iterator[Host]:
    """Serve a folder. The line can be changed between two measurements."""
    host = Host()
    server = Server(("127.0.0.1", 0), partial(Far, directory=str(folder), packed={}, host=host))
    host.address = f"http://127.0.0.1:{server.server_address[1]}/"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
