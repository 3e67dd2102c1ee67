"""A save leaves once over every way to a target: TLS, HTTP/2, client certificates, proxies (P2)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from rpa.browser.gate import Gate
from rpa.browser.launch import Browser, Route, launch
from rpa.browser.limits import Limits
from rpa.browser.script import page_script
from rpa.browser.tab import Tab
from rpa.errors import NotSent, SubmissionUncertain, TargetError
from tests.integration.authorities import trusting_store
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
    tab = Tab(page, await context.new_cdp_session(page), gate, 5, Limits())
    await tab.start(page_script(), server.base, ())
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
                tab = await browser.open_tab(server.base, 5, Route(certificate=tls.certificate, key=tls.key))
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


async def test_a_client_certificate_opens_no_other_way(tls: Secured) -> None:
    """With a client certificate the browser itself looks at no server's certificate. So those of sign-in sites are
    looked at where the target's is, and nothing is fetched from any other site."""
    async with launch() as browser:
        with counting(tls.server()) as sign_in, counting(tls.server()) as other, counting() as target:
            target.pages["/with-pictures"] = f"<img src={sign_in.base}/picture><img src={other.base}/picture>"
            route = Route(certificate=tls.certificate, key=tls.key, origins=(sign_in.base,))
            tab = await browser.open_tab(target.base, 5, route)
            await tab.go("/with-pictures")
            with pytest.raises(TargetError):  # its authority is not known here
                await tab.go(f"{sign_in.base}/")
            await tab.close()
            assert target.arrived
            assert (sign_in.arrived, other.arrived, other.connections) == ([], [], 0)


async def test_a_sign_in_site_may_demand_the_certificate_too(tls: Secured) -> None:
    """A site that signing in leads to is shown the client certificate if it asks for one."""
    os.environ["NODE_EXTRA_CA_CERTS"] = str(tls.authority)
    try:
        async with launch() as browser:
            with counting(tls.server(client=True)) as sign_in, counting(tls.server(client=True)) as target:
                route = Route(certificate=tls.certificate, key=tls.key, origins=(sign_in.base,))
                tab = await browser.open_tab(target.base, 5, route)
                for server in (target, sign_in):
                    await tab.go(f"{server.base}/there")
                    assert [each.path for each in server.arrived] == ["/there"]
                await tab.close()
    finally:
        del os.environ["NODE_EXTRA_CA_CERTS"]


@pytest.mark.parametrize("store", [".pki/nssdb", ".local/share/pki/nssdb"])
async def test_an_authority_of_the_forces_own(
    store: str, tls: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An authority in the certificate store of the service's user is trusted, for a save too; in the environment
    alone it is not (docs/operations.md)."""
    trusting_store(tmp_path / store, tls.authority)
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(tls.authority))
    with counting(tls.server()) as server:
        server.form("/save/direct")
        async with launch() as browser:
            tab = await browser.open_tab(server.base, 5)
            with pytest.raises(TargetError):
                await tab.go("/form")
            await tab.close()
        assert server.arrived == []
        monkeypatch.setenv("HOME", str(tmp_path))
        async with launch() as browser:
            tab = await browser.open_tab(server.base, 5)
            await tab.go("/form")
            assert await saved(tab) == REFERENCE
            await tab.close()


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
        tab = await opening(server, route=Route(proxy=proxy.format(running.port)))
        assert await saved(tab) == REFERENCE
        assert running.carried > 0
        assert running.named == ("robot:Example-Secret" if "@" in proxy else "")
    assert len(server.posts("/save/plain")) == 1


async def test_a_proxy_that_refuses(server: Counting, browser: Browser) -> None:
    """A proxy that lets nobody through is the target's error, and nothing goes round it."""
    with proxying(refusing=True) as running:
        for scheme in ("http", "socks5"):
            tab = await browser.open_tab(server.base, 5, Route(proxy=f"{scheme}://127.0.0.1:{running.port}"))
            with pytest.raises(TargetError):
                await tab.go("/form")
            await tab.close()
    assert server.arrived == []
