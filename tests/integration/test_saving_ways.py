"""A save leaves once over every way to a target: TLS, HTTP/2, client certificates, proxies (P2)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from rpa.browser.gate import Gate
from rpa.browser.launch import Browser, Way, _page_script, launch
from rpa.browser.tab import Tab
from rpa.errors import NotSent, SubmissionUncertain, TargetError
from tests.integration.counting_server import REFERENCE, Counting, Secured, counting, secured
from tests.integration.proxy import proxying
from tests.integration.saving_world import Opening, saved

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Secured:
    """An authority and its certificates."""
    return secured(tmp_path_factory.mktemp("tls"))


@asynccontextmanager
async def trusting(browser: Browser, server: Counting) -> AsyncIterator[Tab]:
    """A tab that takes the server's certificate on trust."""
    gate = Gate()
    proxy: Any = {"server": gate.address, "bypass": "<-loopback>"}
    context = await browser._browser.new_context(base_url=server.base, proxy=proxy, ignore_https_errors=True)
    page = await context.new_page()
    tab = Tab(page, await context.new_cdp_session(page), gate, 5)
    await tab.start(_page_script(), server.base, ())
    yield tab
    await tab.close()


@pytest.mark.parametrize("http2", [False, True])
async def test_over_tls(http2: bool, browser: Browser, tls: Secured) -> None:
    """Over TLS, by HTTP/1.1 and HTTP/2, a save is answered, and one that is dropped is not sent again."""
    with counting(tls.server(http2=http2)) as server:
        server.form("/save/direct")
        server.form("/save/drop", path="/dropped")
        async with trusting(browser, server) as tab:
            await tab.go("/form")
            assert await saved(tab) == REFERENCE
            await tab.go("/dropped")
            with pytest.raises(SubmissionUncertain):
                await saved(tab)
        assert [len(server.posts(f"/save/{name}")) for name in ("direct", "drop")] == [1, 1]


async def test_with_a_client_certificate(tls: Secured) -> None:
    """A target that demands a client certificate is saved in once, and a save that it drops is not sent again."""
    os.environ["NODE_EXTRA_CA_CERTS"] = str(tls.authority)
    try:
        async with launch() as browser:
            with counting(tls.server(client=True)) as server:
                server.form("/save/direct")
                server.form("/save/drop", path="/dropped")
                tab = await browser.open_tab(server.base, 5, Way(certificate=tls.certificate, key=tls.key))
                await tab.go("/form")
                assert await saved(tab) == REFERENCE
                await tab.go("/dropped")
                # The driver's own proxy may lose a request before the gate: then it is certain that none left.
                with pytest.raises((SubmissionUncertain, NotSent)) as raised:
                    await saved(tab)
                await tab.close()
                left = 0 if raised.type is NotSent else 1
                assert [len(server.posts(f"/save/{name}")) for name in ("direct", "drop")] == [1, left]
    finally:
        del os.environ["NODE_EXTRA_CA_CERTS"]


PROXIES = (
    "http://127.0.0.1:{}",
    "http://robot:Example-Secret@127.0.0.1:{}",
    "socks5://127.0.0.1:{}",
    "socks5://robot:Example-Secret@127.0.0.1:{}",
)


@pytest.mark.parametrize("proxy", PROXIES)
async def test_through_a_proxy(proxy: str, server: Counting, opening: Opening) -> None:
    """Where the network demands a proxy, by HTTP or SOCKS5, with or without a password, a save goes through it."""
    server.form("/save/plain")
    with proxying() as running:
        tab = await opening(server, way=Way(proxy=proxy.format(running.port)))
        assert await saved(tab) == REFERENCE
        assert running.carried > 0
        assert running.named == ("robot:Example-Secret" if "@" in proxy else "")
    assert len(server.posts("/save/plain")) == 1


async def test_a_proxy_that_refuses(server: Counting, browser: Browser) -> None:
    """A proxy that lets nobody through is the target's error, and nothing goes round it."""
    with proxying(refusing=True) as running:
        for scheme in ("http", "socks5"):
            tab = await browser.open_tab(server.base, 5, Way(proxy=f"{scheme}://127.0.0.1:{running.port}"))
            with pytest.raises(TargetError):
                await tab.go("/form")
            await tab.close()
    assert server.arrived == []
