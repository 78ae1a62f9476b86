"""Serves the built site as a plain web host does: right media types, gzip where a browser takes it."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

PACKED = {".html", ".js", ".mjs", ".css", ".json", ".wasm", ".zip", ".svg"}
TYPES = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json"}


class Handler(SimpleHTTPRequestHandler):
    """Files of one folder. What was packed once is kept: the runtime is asked for by every test."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES

    def __init__(self, *arguments: object, packed: dict[tuple[Path, int], bytes], **options: object) -> None:
        self.packed = packed
        super().__init__(*arguments, **options)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """A file, packed if that is worth it."""
        path = Path(self.translate_path(unquote(urlsplit(self.path).path)))
        if path.is_dir() and self.path.endswith("/"):
            path /= "index.html"
        takes = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (takes and path.is_file() and path.suffix in PACKED):
            super().do_GET()
            return
        key = path, path.stat().st_mtime_ns
        if key not in self.packed:
            self.packed[key] = gzip.compress(path.read_bytes(), 6)
        body = self.packed[key]
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Without a word about browsers that hang up."""

    daemon_threads = True
    request_queue_size = 128  # a page, its workers and a service worker ask at once, each with connections of their own

    def handle_error(self, request: object, client_address: object) -> None:
        """A page that is left closes its connections in the middle of an answer; that is no error."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine; gives the address, with a slash at its end."""
    server = Server(("127.0.0.1", 0), partial(Handler, directory=str(folder), packed={}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
