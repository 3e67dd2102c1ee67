"""One message, one request to GOV.UK Notify by its own client; and whether Notify has a message, by our name for
it."""

from __future__ import annotations

from collections.abc import Callable
from ssl import SSLCertVerificationError
from threading import Thread
from typing import Any, TypeVar

import requests
from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient
from urllib3.exceptions import NameResolutionError, NewConnectionError, SSLError

from orchestrator.notify.letters import Letter
from orchestrator.notify.outcomes import InDoubt, NotSent, Outcome, Sent
from orchestrator.settings.notify import GovukNotifySettings
from rpa.errors import OperatingError

T = TypeVar("T")
_LONGEST_ID = 100


class NotifyAway(OperatingError):  # noqa: N818 - says where it is
    """GOV.UK Notify cannot be asked now."""


def send(
    settings: GovukNotifySettings, key: str, letter: Letter, timeout_seconds: float, seconds: float
) -> Outcome:
    """Send it; `timeout_seconds` for each response, `seconds` for all of it. Raises nothing but what is a fault of
    ours."""
    client = _client(settings, key, timeout_seconds)
    template = str(settings.templates[letter.kind])
    personalisation = {**letter.facts, "subject": letter.subject, "body": letter.body}

    def request() -> Outcome:
        try:
            response = client.send_email_notification(  # type: ignore[no-untyped-call]
                letter.recipient, template, personalisation, reference=letter.client_reference
            )
        except APIError as error:
            return _after(error)
        taken = _id_of(response)
        return Sent(taken) if taken else InDoubt("GOV.UK Notify was given the message and gave it no id")

    try:
        return _within(seconds, request)
    except TimeoutError:
        return InDoubt("GOV.UK Notify was given the message and did not respond in time")


def find(
    settings: GovukNotifySettings, key: str, reference: str, timeout_seconds: float, seconds: float
) -> str | None:
    """Notify's id of the message that we call so, None if it has none. Raises `NotifyAway` where it does not
    say."""
    client = _client(settings, key, timeout_seconds)

    def request() -> str | None:
        found = client.get_all_notifications(reference=reference)  # type: ignore[no-untyped-call]
        ours = [each for each in found["notifications"] if each["reference"] == reference]
        return _id_of(ours[0]) if ours else None

    try:
        return _within(seconds, request)
    except (APIError, TimeoutError, LookupError, TypeError) as error:
        raise NotifyAway("GOV.UK Notify does not say whether it has the message") from error


def _client(settings: GovukNotifySettings, key: str, timeout_seconds: float) -> NotificationsAPIClient:
    client = NotificationsAPIClient(key, settings.base_url, timeout_seconds)  # type: ignore[no-untyped-call]
    client.request_session.max_redirects = 0  # a request that is sent on is not one to Notify
    return client


def _after(error: APIError) -> Outcome:
    """What an error says of the request: only where nothing left, or Notify itself says so, it was not taken."""
    response = error.response
    if response is None:
        cause = error.__cause__
        if isinstance(cause, requests.RequestException) and _nothing_left(cause):
            return NotSent(
                "GOV.UK Notify cannot be reached, or its certificate is not accepted", channel=True
            )
        return InDoubt("GOV.UK Notify was given the message and did not respond")
    code = response.status_code
    if code == requests.codes.bad_request:
        return NotSent("GOV.UK Notify refuses the message (status 400)", for_good=True)
    if code in {requests.codes.unauthorized, requests.codes.forbidden, requests.codes.too_many_requests}:
        return NotSent(f"GOV.UK Notify does not let us send (status {code})", channel=True)
    if 400 <= code < 500 or (code >= 500 and _is_notifys_own(response)):
        return NotSent(f"GOV.UK Notify could not take the message (status {code})", channel=True)
    return InDoubt(f"GOV.UK Notify was given the message, and what it responded is not clear (status {code})")


def _nothing_left(error: requests.RequestException) -> bool:
    """Whether no connection was made for the request."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    why = reason.args[0] if isinstance(reason, SSLError) and reason.args else reason
    return isinstance(why, NewConnectionError | NameResolutionError | SSLCertVerificationError)


def _is_notifys_own(response: requests.Response) -> bool:
    """Whether an error of the server is one that Notify says in its own words. What stands before it cannot tell
    whether Notify took the message."""
    try:
        said = response.json()
    except ValueError:
        return False
    return isinstance(said, dict) and isinstance(said.get("errors"), list)


def _id_of(notification: Any) -> str | None:
    found = notification.get("id") if isinstance(notification, dict) else None
    return found[:_LONGEST_ID] if isinstance(found, str) else None


def _within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` returns or raises, if it does so in time. Raises TimeoutError; then it goes on by itself: a
    server that responds a byte at a time keeps every other limit."""
    done: list[tuple[T | None, Exception | None]] = []

    def run() -> None:
        try:
            done.append((work(), None))
        except Exception as error:  # noqa: BLE001 - handed to whoever waits
            done.append((None, error))

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not done:
        raise TimeoutError
    result, error = done[0]
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # what `work` returned
