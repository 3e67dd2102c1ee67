"""The ways reports come in: one class for each of their sections of `rpa.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from orchestrator.settings.values import Host, ListenAddress, Name, Seconds, Section


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
    seconds: Seconds = 5  # for all files of one arrival, at each try
    file_megabytes: Annotated[int, Field(ge=1, le=200)] = 20
    total_megabytes: Annotated[int, Field(ge=1, le=1_000)] = 100


def _host(host: str) -> str:
    if not host or any(not letter.isprintable() or letter in " /@" for letter in host):
        raise ValueError("a host: a name such as imap.example.com, or an IP address")
    return host


def _sender(listed: str) -> str:
    name, _, domain = listed.rpartition("@")
    if (
        not domain
        or "." not in domain
        or any(letter.isspace() or letter in "@<>,;" for letter in name + domain)
    ):
        raise ValueError("an address such as desk@example.com, or a domain such as example.com")
    return listed


_Folder = Annotated[str, Field(min_length=1, max_length=200)]
_Host = Annotated[str, AfterValidator(_host)]
_Server = Annotated[str, Field(min_length=1, max_length=255)]


class MailboxSettings(Section):
    """A mailbox that reports are sent to."""

    host: _Host
    port: Annotated[int, Field(ge=1, le=65_535)] = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    username: Annotated[str, Field(min_length=1, max_length=320, pattern="^[^\\x00-\\x1f]*$")]
    password_file: Path | None = None  # one of these three
    token_command: tuple[str, ...] = ()  # prints an OAuth2 token; a program and its arguments
    token_file: Path | None = None  # holds one
    ca: Path | None = (
        None  # PEM file of the authority of the server's certificate, where the system has it not
    )
    folder: _Folder = "INBOX"
    done: _Folder = "Done"  # where a message goes once its report is on disk
    senders: tuple[
        Annotated[str, AfterValidator(_sender)], ...
    ] = ()  # addresses and domains; without, anybody
    held_folder: _Folder = "Held"  # where mail of others goes
    trusted_authserv: tuple[_Server, ...] = ()  # servers whose Authentication-Results are believed
    poll_seconds: Seconds = 60  # between two looks, whatever the server tells
    idle_seconds: Annotated[float, Field(ge=0.01, le=1_740)] = 1_500  # a server may end IDLE after 30 minutes
    timeout_seconds: Seconds = 30  # for the server to respond

    def faults(self) -> Iterator[tuple[str, str]]:
        """(key, what is wrong) of settings that contradict each other."""
        given = (self.password_file is not None, bool(self.token_command), self.token_file is not None)
        if sum(given) != 1:
            yield "password_file", "give one of `password_file`, `token_command` and `token_file`"
        if self.security == "none" and not _is_loopback(self.host):
            yield "security", "a connection without encryption is for this machine only: use tls or starttls"
        if self.folder in (self.done, self.held_folder):
            yield "folder", "`done` and `held_folder` must be other folders than the one that is watched"
        if self.trusted_authserv and not self.senders:
            yield "trusted_authserv", "has no effect without a list of `senders`"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class IntakeSettings(Section):
    """The ways reports come in."""

    folder: IntakeFolder = IntakeFolder()
    media: MediaLinkSettings = MediaLinkSettings()
    mailboxes: dict[Name, MailboxSettings] = Field(default_factory=dict)


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
