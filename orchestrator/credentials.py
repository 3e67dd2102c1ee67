"""How robots identify themselves, and the API: the accounts in a secrets file, and certificates."""

from __future__ import annotations

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
