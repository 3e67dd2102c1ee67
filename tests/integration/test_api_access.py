"""Who is let in by the API, who is not, and how often anybody may try."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import trustme
from starlette.requests import Request

from orchestrator.actions import api_clients
from orchestrator.actions.api_clients import NewClient
from orchestrator.web.api.authentication import sender
from tests.api_world import (
    KIM,
    Service,
    error_of,
    identified,
    install,
    opened,
    process_of,
    sample,
    serving,
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A server that lets each client in three times a minute, and four wrong secrets by."""
    with serving(tmp_path, "requests_per_minute = 3\nfailures_per_minute = 4") as service:
        yield service


def status(service: Service, client_id: str, secret: str) -> int:
    """What a client with these gets for a report."""
    return service.post("/reports", b"{}", **identified(NewClient(client_id, secret))).status_code


def test_only_id_and_secret_together_let_in(service: Service) -> None:
    """A wrong, empty or missing secret, an unknown id, and either of them twice get the same 401; nothing is
    kept."""
    mine = service.client
    wrong = [
        {"client_id": mine.client_id, "client_secret": "wrong"},
        {"client_id": "rpa-unknown", "client_secret": mine.client_secret},
        {"client_id": mine.client_id},
        {"client_secret": mine.client_secret},
        {},
        [*identified(mine).items(), ("client_id", mine.client_id)],
    ]
    said = []
    for headers in wrong:
        given = [*(headers.items() if isinstance(headers, dict) else headers)]
        response = httpx.post(
            f"{service.base}/reports",
            content=sample(),
            headers=[("content-type", "application/json"), *given],
        )
        error = error_of(response)
        assert (response.status_code, error["code"], error["meta"]["errorType"]) == (
            401,
            "not_identified",
            "business",
        )
        assert response.headers["www-authenticate"]
        said.append({name: value for name, value in error.items() if name != "id"})
    assert all(each == said[0] for each in said)
    assert list(service.app.store.reports()) == []


def test_a_revoked_client_is_refused_at_once(service: Service) -> None:
    """The next request after the revocation gets 401, and a client added meanwhile is let in."""
    assert service.post("/reports", b"{}").status_code == 201
    api_clients.revoke(service.app.store, KIM, "hub")
    assert service.post("/reports", b"{}").status_code == 401
    other = api_clients.add(service.app.store, KIM, "hub")
    assert status(service, other.client_id, other.client_secret) == 201


def test_a_client_that_asks_too_often_waits(service: Service) -> None:
    """After its minute's worth it gets 429 and how long to wait; another client does not."""
    other = api_clients.add(service.app.store, KIM, "other")
    assert [service.post("/reports", b"{}").status_code for _ in range(4)] == [201, 201, 201, 429]
    error = error_of(service.post("/reports", b"{}"))
    assert (error["code"], error["meta"]["errorType"]) == ("too_many_requests", "system")
    assert 1 <= int(service.post("/reports", b"{}").headers["retry-after"]) <= 20
    assert status(service, other.client_id, other.client_secret) == 201


def test_wrong_secrets_are_limited_and_keep_out_no_other(service: Service) -> None:
    """After some wrong secrets an id waits, at the same address even with the right one; a client behind the same
    address with an id of its own is let in."""
    mine = service.client
    other = api_clients.add(service.app.store, KIM, "other")
    assert [status(service, mine.client_id, "wrong") for _ in range(6)] == [401] * 4 + [429] * 2
    assert status(service, mine.client_id, mine.client_secret) == 429
    assert status(service, other.client_id, other.client_secret) == 201


def test_an_address_that_tries_many_ids_waits(tmp_path: Path) -> None:
    """Ten times as many failures as of one id, and the address waits, whatever it says."""
    with serving(tmp_path, "failures_per_minute = 1") as service:
        found = [status(service, f"rpa-{number}", "wrong") for number in range(20)]
        assert found[:10] == [401] * 10
        assert 429 in found[10:]


def test_the_names_of_the_headers_can_be_set(tmp_path: Path) -> None:
    """A gateway that passes on no underscores, or other names, is served."""
    with serving(tmp_path, 'id_header = "X-Client-Id"\nsecret_header = "X-Client-Secret"') as service:
        assert service.post("/reports", b"{}").status_code == 401
        named = {"x-client-id": service.client.client_id, "x-client-secret": service.client.client_secret}
        assert service.post("/reports", b"{}", **named).status_code == 201
        described = service.request("GET", "/openapi.json").json()["components"]["securitySchemes"]
        assert {each["name"] for each in described.values()} == {"X-Client-Id", "X-Client-Secret"}


def test_no_secret_and_nothing_of_a_request_is_logged(tmp_path: Path) -> None:
    """The log says what was asked for and with what status: no header, query, body or unknown path."""
    path = install(tmp_path)
    with opened(path) as app:
        client = api_clients.add(app.store, KIM, "hub")
        with process_of(tmp_path) as (process, port):
            service = Service(app, f"http://127.0.0.1:{port}", client)
            service.post("/reports?surname=Example", b'{"surname": "Example"}')
            service.post("/Example", b"Example", client_secret="wrong")
            service.post("/reports", b"Example", client_secret="Example-Secret")
            service.request("EXAMPLE", "/reports")
            process.terminate()
            assert process.stderr
            said = process.stderr.read()
    requests = [each for each in map(json.loads, said.splitlines()) if each["event"] == "request"]
    assert [(each["method"], each["path"], each["status"]) for each in requests] == [
        ("POST", "/reports", 201),
        ("POST", "other", 404),
        ("POST", "/reports", 401),
        ("other", "/reports", 405),
    ]
    assert [each["client"] for each in requests] == ["hub", None, None, None]
    assert client.client_secret not in said
    assert "Example" not in said


# TLS


@dataclass(frozen=True)
class Certificates:
    """What a server and its clients have, in a folder."""

    authority: trustme.CA
    clients: trustme.CA
    folder: Path

    def settings(self, *more: str) -> str:
        """Settings that use them."""
        self.authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(
            str(self.folder / "all.pem")
        )
        issued = self.authority.issue_cert("localhost")
        issued.private_key_pem.write_to_path(str(self.folder / "api.key"))
        issued.cert_chain_pems[0].write_to_path(str(self.folder / "api.pem"))
        self.clients.cert_pem.write_to_path(str(self.folder / "clients.pem"))
        return "\n".join(['certificate = "api.pem"', 'key = "api.key"', *more])

    def trusting(self, client: trustme.LeafCert | None = None) -> ssl.SSLContext:
        """A client that trusts the server, with a certificate of its own or without."""
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if client is not None:
            client.configure_cert(context)
        return context


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """Fresh ones."""
    return Certificates(trustme.CA(), trustme.CA(), tmp_path)


def test_tls(tmp_path: Path, certificates: Certificates) -> None:
    """Over TLS 1.2 and 1.3 a report is received; an older protocol, and one without TLS, are not spoken."""
    trusted = certificates.trusting()
    with serving(tmp_path, certificates.settings(), trusted=trusted) as service:
        response = service.post("/reports", b"{}")
        assert response.status_code == 201
        assert response.headers["strict-transport-security"]
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            assert shaken(service.port, trusted, version) == version.name.replace("TLSv1_", "TLSv1.")
        with pytest.raises((ssl.SSLError, OSError)):
            shaken(service.port, trusted, ssl.TLSVersion.TLSv1_1)
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://localhost:{service.port}/health/live")


def shaken(port: int, context: ssl.SSLContext, version: ssl.TLSVersion) -> str | None:
    """The version of TLS that a server speaks with a client that speaks no other."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is what is shown
        context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
        context.minimum_version = version
        context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", port), 10) as line,
        context.wrap_socket(line, server_hostname="localhost") as wrapped,
    ):
        return wrapped.version()


def test_mutual_tls(tmp_path: Path, certificates: Certificates) -> None:
    """With `client_ca` nobody comes in without a certificate of that authority, right secret or not; not even to
    ask how the service is."""
    settings = certificates.settings('client_ca = "clients.pem"')
    hub = certificates.clients.issue_cert("hub.example.com")
    foreign = trustme.CA().issue_cert("hub.example.com")
    with serving(tmp_path, settings, trusted=certificates.trusting(hub)) as service:
        assert service.post("/reports", b"{}").status_code == 201
        for shown in (None, foreign):
            service.trusted = certificates.trusting(shown)
            for path in ("/reports", "/health/live"):
                with pytest.raises(httpx.HTTPError):
                    service.request("GET", path)
        scheme = service_description(service, certificates.trusting(hub))
        assert scheme["mutualTls"] == {"type": "mutualTLS"}


def service_description(service: Service, trusted: ssl.SSLContext) -> dict[str, dict[str, str]]:
    """What is said of how a client identifies itself."""
    service.trusted = trusted
    found: dict[str, dict[str, str]] = service.request("GET", "/openapi.json").json()["components"][
        "securitySchemes"
    ]
    return found


def test_a_client_is_bound_to_its_certificate(tmp_path: Path, certificates: Certificates) -> None:
    """Id and secret of a client are worth nothing with the certificate of another; one that is bound to none is
    let in with any of the authority's. A name may be the subject's or an alternative to it."""
    settings = certificates.settings(
        'client_ca = "clients.pem"', 'client_names = { hub = "hub.example.com", old = "Old hub" }'
    )
    hub, other = (certificates.clients.issue_cert(f"{name}.example.com") for name in ("hub", "other"))
    named = certificates.clients.issue_cert("x.example.com", common_name="Old hub")
    with serving(tmp_path, settings, trusted=certificates.trusting(hub)) as service:
        old, free = (api_clients.add(service.app.store, KIM, name) for name in ("old", "free"))
        allowed = {
            (client.client_id, number): 201
            for client, number in ((service.client, 0), (old, 2), (free, 0), (free, 1), (free, 2))
        }
        for number, certificate in enumerate((hub, other, named)):
            service.trusted = certificates.trusting(certificate)
            for client in (service.client, old, free):
                found = status(service, client.client_id, client.client_secret)
                assert found == allowed.get((client.client_id, number), 401)


def test_behind_a_proxy_a_sender_has_its_own_address(tmp_path: Path) -> None:
    """What a trusted proxy says of where a request comes from counts; what a sender itself says does not."""
    behind = 'tls_terminated_elsewhere = true\ntrusted_proxies = ["127.0.0.1"]\nfailures_per_minute = 1'
    for settings, limited in ((behind, False), ("failures_per_minute = 1", True)):
        with serving(tmp_path, settings) as service:
            found = [
                service.post(
                    "/reports", b"{}", client_secret="wrong", **{"x-forwarded-for": f"192.0.2.{number}"}
                ).status_code
                for number in range(4)
            ]
        (tmp_path / "rpa.toml").unlink()
        shutil.rmtree(tmp_path / "var")
        assert (429 in found) == limited


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("<script>", ""),
        ("", ""),
    ],
)
def test_an_address_is_one(host: str, address: str) -> None:
    """A sender's own network of IPv6 counts as one; what is no address is none, and is in no log."""
    assert sender(Request({"type": "http", "client": (host, 1), "headers": []})) == address
