"""A target that cannot be reached: each reason has words of its own, with host and port, and a remedy."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import struct
from contextlib import closing
from pathlib import Path

import pytest

from rpa.browser.launch import Browser, Route, launch
from rpa.errors import TargetError
from tests.integration.counting_server import Secured, counting, secured
from tests.integration.pages import Pages
from tests.integration.proxy import proxying
from tests.integration.test_saving_ways import trusting

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Secured:
    """An authority that nobody here knows, and its certificates."""
    return secured(tmp_path_factory.mktemp("tls"))


async def told(browser: Browser, base: str, route: Route | None = None) -> str:
    """What is said when the address cannot be opened."""
    tab = await browser.open_tab(base, 10, route)
    try:
        with pytest.raises(TargetError) as raised:
            await tab.go("/form?q=Example-Secret-Answer")
    finally:
        await tab.close()
    assert "Secret" not in str(raised.value)
    return str(raised.value)


def nobody() -> str:
    """Host and port of nobody."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


async def test_nobody_listens(browser: Browser) -> None:
    """The port of a server that is stopped, or a wrong one; and a name that nobody knows."""
    place = nobody()
    assert await told(browser, f"http://{place}") == f"{place} refuses the connection"
    said = await told(browser, "http://chs.invalid")
    assert said == "chs.invalid:80 has a name that is not known here"


async def test_a_proxy_that_is_dead_or_refuses(browser: Browser) -> None:
    """The proxy is named where the proxy is at fault."""
    place, target = nobody(), nobody()
    for scheme in ("http", "socks5"):
        said = await told(browser, f"http://{target}", Route(proxy=f"{scheme}://robot:Secret@{place}"))
        assert said == f"the proxy {place} refuses the connection"
        with proxying(refusing=True) as running:
            route = Route(proxy=f"{scheme}://127.0.0.1:{running.port}")
            said = await told(browser, f"http://{target}", route)
        assert said == f"the proxy 127.0.0.1:{running.port} refuses a connection to {target}"


async def test_an_authority_that_is_not_known(browser: Browser, tls: Secured) -> None:
    """With a client certificate and without: it is the certificate, not an answer of the target's."""
    with counting(tls.server()) as server:
        for route in (Route(), Route(certificate=tls.certificate, key=tls.key)):
            said = await told(browser, server.base, route)
            place = server.base.partition("://")[2]
            assert said.startswith(f"{place} has a certificate of an authority that is not known here"), route


async def test_a_client_certificate_that_is_not_known(tls: Secured, tmp_path: Path) -> None:
    """A target that does not know the client certificate hangs up without a word."""
    other = secured(tmp_path)
    os.environ["NODE_EXTRA_CA_CERTS"] = str(tls.authority)
    try:
        async with launch() as browser:
            with counting(tls.server(client=True)) as server:
                route = Route(certificate=other.certificate, key=other.key)
                said = await told(browser, server.base, route)
                place = server.base.partition("://")[2]
                assert said.startswith(f"{place} ends the connection without a response; it may demand")
    finally:
        del os.environ["NODE_EXTRA_CA_CERTS"]


async def test_a_client_certificate_is_missing(browser: Browser, tls: Secured) -> None:
    """A target that demands a client certificate where none is set, by TLS 1.2 and by 1.3."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = tls.server(client=True)
        context.maximum_version = version
        with counting(context) as server:
            async with trusting(browser, server) as tab:
                with pytest.raises(TargetError, match=r"demands? a client certificate"):
                    await tab.go("/form")


async def test_a_connection_that_is_reset(browser: Browser) -> None:
    """Over TLS that can be for want of a client certificate: what a target then says is lost in the reset."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        writer.transport.abort()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert await told(browser, f"http://{place}") == f"{place} breaks the connection"
        said = await told(browser, f"https://{place}")
        assert said.startswith(f"{place} breaks the connection; it may demand a client certificate")


async def test_no_tls_at_all(browser: Browser, pages: Pages) -> None:
    """https:// where http:// is spoken."""
    place = pages.base.partition("://")[2]
    assert await told(browser, f"https://{place}") == (
        f"{place} does not speak TLS: is its address https:// by mistake?"
    )
