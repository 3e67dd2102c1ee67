"""How we identify ourselves: the accounts of robots, certificates, and secrets in files of their own."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationError

from orchestrator.settings import GUIDE, Section, Settings
from orchestrator.wording import counted
from rpa import toml_file
from rpa.errors import DefinitionError, Fault
from rpa.robot import Account

MOST_OF_NAME = 64  # characters, as the store keeps it
MOST_OF_SECRET = 1000  # characters
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_API_KEY = re.compile(rf".+-{_UUID}-{_UUID}")


class AccountEntry(Section):
    """A target account of a robot (a licence)."""

    name: Annotated[str, Field(min_length=1, max_length=MOST_OF_NAME)]
    password: SecretStr


class _Accounts(Section):
    account: tuple[AccountEntry, ...]


def load_accounts(path: Path, remedy: str = "Add it") -> tuple[AccountEntry, ...]:
    """The accounts in a secrets file. Raises `DefinitionError`, with that remedy if there is no file; no message
    shows what the file holds."""
    text = toml_file.read(path, remedy)
    try:
        accounts = _Accounts.model_validate(toml_file.parsed(path, text)).account
    except ValidationError as error:
        raise DefinitionError(
            *toml_file.faults(error, path, text, GUIDE, ".")
        ) from None  # it may show a value
    names = [account.name for account in accounts]
    if len(set(names)) != len(names):
        raise DefinitionError(
            Fault(str(path), 1, "account", "an account is there more than once", "Remove one.")
        )
    return accounts


def robot_accounts(settings: Settings) -> dict[str, tuple[Account, ...]]:
    """The accounts of every target that has any. A target that is off now may be switched on later.

    Raises `DefinitionError`, with the faults of every target, where there are fewer than robots or none for a
    target that is on.
    """
    found: dict[str, tuple[Account, ...]] = {}
    faults: list[Fault] = []
    for name, target in settings.targets.items():
        try:
            if target.accounts is not None:
                found[name] = _accounts_of(settings, name, target.accounts)
            elif target.enabled:
                faults.append(
                    settings.fault(("targets", name), "no accounts", "Set `accounts` to a file of them")
                )
        except DefinitionError as error:
            faults += error.faults
    if faults:
        raise DefinitionError(*faults)
    return found


def _accounts_of(settings: Settings, target: str, path: Path) -> tuple[Account, ...]:
    option = f"[targets.{target}] accounts"
    given = load_accounts(path, f"Add it, or correct {option}")
    if len(given) < settings.robots.number:
        problem = f"{counted(len(given), 'account')} for {counted(settings.robots.number, 'robot')}"
        remedy = f"Add accounts to this file, which {option} names, or lower [robots] number"
        raise DefinitionError(Fault(str(path), 1, "account", problem, remedy))
    return tuple(Account(account.name, account.password.get_secret_value()) for account in given)


def read_secret(path: Path) -> str:
    """The one line of a file that holds a secret. Raises `DefinitionError`; no message shows what the file
    holds."""
    try:
        with path.open("rb") as file:
            secret = file.read(MOST_OF_SECRET + 1).decode("ascii").strip()
    except (OSError, ValueError):
        secret = ""
    if not secret or len(secret) > MOST_OF_SECRET or not secret.isprintable():
        said = f"it is not there, or is not one line of at most {MOST_OF_SECRET} ASCII characters"
        raise DefinitionError(Fault(str(path), 1, "secret", said, "Put the secret there, and nothing else"))
    return secret


def notify_faults(settings: Settings) -> Iterator[Fault]:
    """What keeps messages from being sent: a secret that cannot be read, or authorities that are none."""
    smtp, govuk_notify = settings.notify.by_smtp, settings.notify.by_govuk_notify
    secrets = (smtp.password_file if smtp else None, govuk_notify.api_key_file if govuk_notify else None)
    for path in filter(None, secrets):
        try:
            secret = read_secret(path)
        except DefinitionError as error:
            yield from error.faults
            continue
        if govuk_notify is not None and not _API_KEY.fullmatch(secret):
            said, remedy = "it is not an API key of GOV.UK Notify", "Copy the whole key, as Notify shows it"
            yield Fault(str(path), 1, "secret", said, remedy)
    if smtp is not None and smtp.authorities is not None:
        try:
            ssl.create_default_context(cafile=smtp.authorities)
        except (OSError, ValueError):  # of `ssl`, too
            said = f"{smtp.authorities} is not a PEM file of certificates that can be read"
            yield settings.fault(("notify", "smtp", "authorities"), said, "Correct the path")


def mailbox_faults(settings: Settings) -> Iterator[Fault]:
    """Files of mailboxes that cannot be read. `rpa run` goes on without and tries again: reports arrive elsewhere
    too."""
    for name, mailbox in settings.intake.mailboxes.items():
        for key in ("password_file", "token_file", "ca"):
            path = getattr(mailbox, key)
            if path is not None and not os.access(path, os.R_OK):
                remedy = "Correct the path, or let the service's user read it"
                yield settings.fault(("intake", "mailboxes", name, key), f"{path} cannot be read", remedy)


def certificate_faults(settings: Settings, name: str) -> Iterator[Fault]:
    """What keeps a target's client certificate from being used. Found at start, not for each report again."""
    target = settings.targets[name]
    yield from _faults_of_pair(settings, ("targets", name), target.certificate, target.key)


def api_certificate_faults(settings: Settings) -> Iterator[Fault]:
    """What keeps the API's certificate, or the authority of its clients' certificates, from being used."""
    api = settings.api
    yield from _faults_of_pair(settings, ("api",), api.certificate, api.key)
    if api.client_ca is None:
        return
    place = ("api", "client_ca")
    if not api.client_ca.is_file():
        yield settings.fault(place, f"there is no file {api.client_ca}", "Correct the path")
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(api.client_ca)
    except ssl.SSLError:
        yield settings.fault(place, "it has no certificate in PEM", "Name the authority's own certificate")
    except OSError:
        yield settings.fault(place, "it may not be read", "Let the service's user read it")


def _faults_of_pair(
    settings: Settings, section: tuple[str, ...], certificate: Path | None, key: Path | None
) -> Iterator[Fault]:
    """What is wrong with a certificate and its key, where a section of the settings names them."""
    if certificate is None or key is None:
        return
    named = {"certificate": certificate, "key": key}
    missing = {name: path for name, path in named.items() if not path.is_file()}
    for name, path in missing.items():
        yield settings.fault((*section, name), f"there is no file {path}", "Correct the path")
    if missing:
        return
    place = (*section, "certificate")
    try:
        # Without a passphrase to offer, OpenSSL would ask for one at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, lambda: "")
    except ssl.SSLError as error:
        apart = error.reason == "KEY_VALUES_MISMATCH"
        wrong = (
            "do not belong together" if apart else "cannot be read: both have to be PEM, without a passphrase"
        )
        yield settings.fault(place, f"certificate and key {wrong}", "Name the certificate and its own key")
    except OSError:
        yield settings.fault(place, "certificate or key may not be read", "Let the service's user read both")
