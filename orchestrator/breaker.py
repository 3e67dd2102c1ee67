"""Which trouble opens which circuit breaker. Pure: the breakers themselves stand in the store, for all workers."""

from __future__ import annotations

from orchestrator.logs import describe
from orchestrator.settings import Robots
from orchestrator.states import Reason
from orchestrator.store import Claim, Task, Trouble
from rpa.errors import (
    BrowserGone,
    DefinitionError,
    NotSent,
    ReportError,
    SignInRefused,
    TargetAway,
    TargetChanged,
)

_NOT_THE_TARGETS = (BrowserGone, NotSent, ReportError, DefinitionError)


def trouble_of(error: Exception, claim: Claim, robots: Robots, credential: str | None) -> Trouble | None:
    """What a failed job says of its target; None when it says nothing.

    - A refused sign-in opens the account's breaker, and nobody tries it again until its entry is changed.
    - A target that is away, or shows that it is being maintained, opens its breaker at once.
    - So does a required control that is gone: nothing is keyed, what is saved is still looked for and read.
    - Anything else opens it when so many reports in a row have met it.
    """
    if isinstance(error, _NOT_THE_TARGETS):
        return None
    probe_seconds: float | None = robots.probe_seconds
    account, limit, blameless = "", 1, True
    match error:
        case SignInRefused():
            reason, account, probe_seconds = Reason.SIGN_IN_REFUSED, claim.account, None
        case TargetAway():
            reason = Reason.TARGET_AWAY
        case TargetChanged() if claim.task is Task.KEY:
            reason, blameless = Reason.TARGET_CHANGED, False
        case _:
            reason, limit, blameless = Reason.TARGET_FAULT, robots.faults_in_a_row, False
    return Trouble(
        target=claim.target,
        account=account,
        reason=reason,
        message=describe(error),
        reference=claim.reference,
        claimed_at=claim.claimed_at,
        limit=limit,
        probe_seconds=probe_seconds,
        blameless=blameless,
        credential=credential if account else None,
    )
