"""Messages to the people who reported: how they are sent, and which of them for a form."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from orchestrator.settings.values import Seconds, Section, WebAddress
from rpa.addresses import is_plain_address
from rpa.report import MessageKind


class Channel(StrEnum):
    """How messages are sent."""

    SMTP = "smtp"
    GOVUK_NOTIFY = "govuk-notify"


class Security(StrEnum):
    """How the connection to a mail server is protected."""

    TLS = "tls"  # from its start
    STARTTLS = "starttls"  # before anything else is said, or not at all
    NONE = "none"  # to this machine only


def _address(text: str) -> str:
    if not is_plain_address(text):
        raise ValueError("not one plain email address")
    return text


Address = Annotated[str, AfterValidator(_address)]


class SmtpSettings(Section):
    """A mail server that takes our messages. `authorities`: PEM file of the certificate authorities that its
    certificate may come from; those of the machine unless given. `envelope_sender`: who is told that a message was
    not delivered; `sender` unless given, and nobody with an empty text."""

    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:-]+$")]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Security = Security.STARTTLS
    authorities: Path | None = None
    username: Annotated[str, Field(min_length=1, max_length=254)] | None = None
    password_file: Path | None = None
    sender: Address
    envelope_sender: Address | Annotated[str, Field(max_length=0)] | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.username is None) != (self.password_file is None):
            raise ValueError("`username` and `password_file` belong together")
        if self.security is Security.NONE and not _is_loopback(self.host):
            raise ValueError('security = "none" is for a server on this machine only: use tls or starttls')
        return self


class GovukNotifySettings(Section):
    """GOV.UK Notify. `templates`: the id of its template for each kind of message that is switched on."""

    api_key_file: Path
    base_url: WebAddress = "https://api.notifications.service.gov.uk"
    templates: Mapping[MessageKind, UUID] = Field(default_factory=dict)


class NotifySettings(Section):
    """How messages are sent; without a channel none is."""

    channel: Channel | None = None
    smtp: SmtpSettings | None = None
    govuk_notify: GovukNotifySettings | None = None
    round_seconds: Seconds = 5  # between two rounds through the outbox
    round_messages: Annotated[int, Field(ge=1, le=10_000)] = 50  # that a round sends at most
    most_a_day: Annotated[int, Field(ge=1, le=1000)] = 3  # of one kind to one recipient within 24 hours
    timeout_seconds: Seconds = 30  # for the server or provider to respond
    message_seconds: Seconds = 120  # for one message, all in all; then it is uncertain
    attempts: Annotated[int, Field(ge=1, le=1000)] = 40  # then it has failed
    retry_seconds: Seconds = 30  # after the first attempt that failed
    retry_growth: Annotated[float, Field(ge=1, le=100)] = 2
    retry_longest_seconds: Seconds = 3600

    @model_validator(mode="after")
    def _channel_is_set(self) -> Self:
        named = {Channel.SMTP: ("smtp", self.smtp), Channel.GOVUK_NOTIFY: ("govuk_notify", self.govuk_notify)}
        if self.channel is not None and named[self.channel][1] is None:
            raise ValueError(f"there is no [notify.{named[self.channel][0]}], which this channel needs")
        return self

    @property
    def by_smtp(self) -> SmtpSettings | None:
        """The mail server, where it is the channel."""
        return self.smtp if self.channel is Channel.SMTP else None

    @property
    def by_govuk_notify(self) -> GovukNotifySettings | None:
        """GOV.UK Notify, where it is the channel."""
        return self.govuk_notify if self.channel is Channel.GOVUK_NOTIFY else None

    def lacks(self, kind: MessageKind) -> str:
        """What is missing for messages of this kind to be sent; empty where nothing is."""
        if self.channel is None:
            return "there is no [notify] channel to send it by"
        if self.by_govuk_notify is not None and kind not in self.by_govuk_notify.templates:
            return "there is no template for it under [notify.govuk_notify.templates]"
        return ""


class MessageSettings(Section):
    """The kinds of messages that are sent for a form."""

    received: bool = False
    recorded: bool = False
    needs_more: bool = False
    not_recorded: bool = False

    @property
    def kinds(self) -> frozenset[MessageKind]:
        """Those that are on."""
        return frozenset(kind for kind in MessageKind if getattr(self, kind))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
