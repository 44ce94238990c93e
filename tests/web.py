"""A web server for tests, in a thread, that behaves as badly as real ones do."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Request"], None]


@dataclass
class Request:
    """One request, to be answered.

    Attributes:
        handler: The connection.
        number: How many requests for this path came before.
        stopped: Set when the server shuts down, so that no answer outlives it.
    """

    handler: BaseHTTPRequestHandler
    number: int
    stopped: threading.Event

    @property
    def start(self) -> int:
        """The byte from which on the file is asked for."""
        asked = self.handler.headers.get("Range", "bytes=0-")
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    def send(
        self,
        data: bytes,
        status: int = 200,
        *,
        length: int | None = None,
        **headers: str,
    ) -> None:
        """Answer, with a length that may be a lie."""
        self.handler.send_response(status)
        self.handler.send_header("Content-Length", str(len(data) if length is None else length))
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(data)
        self.handler.wfile.flush()

    def send_from_start(self, data: bytes, *, most: int | None = None) -> None:
        """Answer with the part that is asked for, or as much of it as ``most``, and hang up."""
        part, start = data[self.start :], self.start
        if start >= len(data):
            self.send(b"", 416, Content_Range=f"bytes */{len(data)}")
        elif start:
            where = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self.send(part[:most], 206, length=len(part), Content_Range=where)
        else:
            self.send(part[:most], length=len(part))


@dataclass
class Web:
    """A running server.

    Attributes:
        address: Its address, without a slash behind.
        answers: What it does, path by path; 404 for all others.
        log: What was asked for: the path, and the first byte.
    """

    address: str
    answers: dict[str, Answer] = field(default_factory=dict)
    log: list[tuple[str, int]] = field(default_factory=list)

    def serve(self, path: str, answer: Answer) -> str:
        """Let a path be answered so, and return its address."""
        self.answers[path] = answer
        return self.address + path

    def serve_file(self, path: str, data: bytes) -> str:
        """Let a path give a file, as good servers do, and return its address."""
        return self.serve(path, lambda request: request.send_from_start(data))


def _not_found(request: Request) -> None:
    request.send(b"", 404)


@contextlib.contextmanager
def running_web() -> Iterator[Web]:
    """Run a server as long as the block lasts."""
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = Request(self, sum(path == self.path for path, _ in web.log), stopped)
            web.log.append((self.path, request.start))
            answer = web.answers.get(self.path, _not_found)
            with contextlib.suppress(ConnectionError):  # the client has hung up
                answer(request)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web = Web(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield web
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
