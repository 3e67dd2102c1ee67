"""The ways reports come in: one class for each of their sections of `rpa.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from orchestrator.settings.values import Host, ListenAddress, Seconds, Section


def _proxy_address(text: str) -> str:
    """The address of a proxy, or of a network of them."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise ValueError("not the address of a proxy, or of a network: 192.0.2.1 or 192.0.2.0/24") from None


ProxyAddress = Annotated[str, AfterValidator(_proxy_address)]
HeaderName = Annotated[str, Field(pattern="^[A-Za-z][A-Za-z0-9_-]{0,63}$")]


class IntakeFolder(Section):
    """The folder watched for submissions; without a path none is."""

    path: Path | None = Path("var/inbox")


class MediaLinkSettings(Section):
    """Files that a report names by their address. They are fetched from these hosts only, by HTTPS; by default
    from none. `private_hosts`: further ones, which may have an address inside a private network."""

    hosts: tuple[Host, ...] = ()
    private_hosts: tuple[Host, ...] = ()
    authority: Path | None = (
        None  # PEM file of the authority of their certificates, unless it is a public one
    )
    seconds: Seconds = 5  # for all files of one report, at each try
    file_megabytes: Annotated[int, Field(ge=1, le=200)] = 20
    total_megabytes: Annotated[int, Field(ge=1, le=1_000)] = 100


class IntakeSettings(Section):
    """The ways reports come in."""

    folder: IntakeFolder = IntakeFolder()
    media: MediaLinkSettings = MediaLinkSettings()


class ApiSettings(Section):
    """The Standard API: where it listens, what protects it, and how much one client may ask of it."""

    enabled: bool = False  # nobody can use it before a client is added, and no port is opened unasked
    host: ListenAddress = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8020
    # TLS
    certificate: Path | None = None  # PEM files of the server's certificate, with its chain, and its key
    key: Path | None = None
    client_ca: Path | None = None  # PEM: who signs the clients' certificates; then each must show one
    client_names: dict[str, str] = Field(
        default_factory=dict
    )  # client -> the name in the only certificate that it may come with
    tls_terminated_elsewhere: bool = False  # by a proxy, on a network that nobody else reads
    trusted_proxies: tuple[ProxyAddress, ...] = ()  # whose X-Forwarded-For is believed
    # Authentication
    id_header: HeaderName = "client_id"
    secret_header: HeaderName = "client_secret"  # noqa: S105 - the name of a header
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 600  # of one client
    failures_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 10  # of one id from one address
    # Limits
    body_megabytes: Annotated[int, Field(ge=1, le=2_048)] | None = None  # else [operations] file_megabytes
    bodies_megabytes: Annotated[int, Field(ge=1, le=65_536)] = 1_024  # of all that are being received
    receive_seconds: Seconds = 60  # for a request to arrive, and for its head alone
    connections: Annotated[int, Field(ge=1, le=10_000)] = 100
    threads: Annotated[int, Field(ge=1, le=100)] = 8  # requests whose reports are read and stored at once
    least_free_megabytes: Annotated[int, Field(ge=0, le=1_048_576)] = 200  # of disk, to be ready

    def contradictions(self) -> Iterator[str]:
        """Settings that contradict each other, each by its key and what is wrong."""
        if (self.certificate is None) != (self.key is None):
            given = "key" if self.certificate is None else "certificate"
            yield f"{given}: `certificate` and `key` belong together"
        if self.client_ca and not self.certificate:
            yield "client_ca: clients show certificates over TLS only: set `certificate` too"
        if self.client_names and not self.client_ca:
            yield "client_names: nobody vouches for a name without `client_ca`"
        if self.trusted_proxies and not self.tls_terminated_elsewhere:
            yield "trusted_proxies: set `tls_terminated_elsewhere` too, or leave it out"
        if self.certificate and self.tls_terminated_elsewhere:
            yield "tls_terminated_elsewhere: TLS ends here, where there is a `certificate`"
        if self.id_header.lower() == self.secret_header.lower():
            yield "secret_header: it must differ from `id_header`"
        if self.enabled and not (self.is_local or self.certificate or self.tls_terminated_elsewhere):
            remedy = "set `certificate` and `key`, or `tls_terminated_elsewhere` where a proxy does it"
            yield f"host: other machines reach it, so it needs TLS: {remedy}"

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host == "localhost" or ip_address(self.host).is_loopback
