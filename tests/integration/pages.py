"""A web server for pages that a test makes up: small, real, and as untidy as the test wants them."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rpa.browser.tab import Tab
from rpa.browser.values import ControlToKey, Found, Region

PAGE = Region()
CONTROLS = Path(__file__).with_name("controls")
Open = Callable[..., Awaitable[Tab]]


@dataclass
class Pages:
    """Pages by path, and how often each was asked for and posted to. A post to a path of `cut` gets no answer; a
    path of `moved` leads on to an address; one of `held` is answered once its event is set; one of `status` with
    that status."""

    base: str = ""
    html: dict[str, str] = field(default_factory=dict)
    gets: Counter[str] = field(default_factory=Counter)
    posts: Counter[str] = field(default_factory=Counter)
    cut: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)

    def show(self, body: str, path: str = "/page") -> str:
        """Put a page up; its path."""
        self.html[path] = f"<!doctype html><meta charset=utf-8><title>Page</title><body>{body}</body>"
        return path


def _handler(pages: Pages) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept open, as real servers keep them

        def do_GET(self) -> None:
            pages.gets[self.path.partition("?")[0]] += 1
            if self.path in pages.moved:
                self.send_response(302)
                self.send_header("Location", pages.moved[self.path])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if self.path in pages.held:
                pages.held[self.path].wait(10)
            html = pages.html.get(self.path.partition("?")[0])
            status = pages.status.get(self.path, 200 if html is not None else 404)
            self._answer(status, html or "<h1>No such page</h1>")

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            pages.posts[self.path] += 1
            if self.path in pages.cut:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._answer(200, "<h1>Saved</h1>")

        def _answer(self, status: int, html: str) -> None:
            content = html.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    return Handler


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A browser that hangs up is nothing to report."""


@contextmanager
def serving() -> Iterator[Pages]:
    """A server on a free port for as long as the block lasts."""
    pages = Pages()
    with _Server(("127.0.0.1", 0), _handler(pages)) as server:
        server.daemon_threads = True
        server.block_on_close = False
        pages.base = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield pages
        finally:
            server.shutdown()
            thread.join()


async def survey(tab: Tab, region: Region = PAGE) -> tuple[Found, ...]:
    """Every control of the region, which must be there."""
    found = await tab.survey(region)
    assert found is not None
    return found.controls


async def keyed(tab: Tab, jobs: Sequence[ControlToKey]) -> tuple[tuple[ControlToKey, ...], tuple[Found, ...]]:
    """Key; the jobs that could not be tried, and every control of the page afterwards."""
    return await tab.key(jobs), await survey(tab)


async def named(tab: Tab, caption: str, region: Region = PAGE) -> Found:
    """The one control that a caption may mean."""
    (found,) = [each for each in await survey(tab, region) if caption in each.captions]
    return found


async def said(tab: Tab) -> str:
    """What the page's script last said, in its title."""
    return await tab._page.title()


def page(name: str) -> str:
    """A page of the folder `controls`."""
    return (CONTROLS / f"{name}.html").read_text(encoding="utf-8")
