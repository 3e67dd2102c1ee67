"""Which trouble opens which circuit breaker. Pure: the breakers themselves are in the store, for all workers."""

from __future__ import annotations

from datetime import datetime

from orchestrator.jobs.save_journal import NotRecorded
from orchestrator.monitoring.logs import describe
from orchestrator.settings import Settings
from orchestrator.states import KINDS_THAT_SAVE, Reason
from orchestrator.store import Claim, Trouble
from rpa.errors import (
    BrowserGone,
    SignInRefused,
    SubmissionUncertain,
    TargetAway,
    TargetChanged,
    TargetError,
)

_THE_TARGETS = (TargetError, SubmissionUncertain)
_NOT_THE_TARGETS = (BrowserGone, NotRecorded)


def trouble_of(error: Exception, claim: Claim, settings: Settings, credential: str | None) -> Trouble | None:
    """What a failed job says of its target; None when it says nothing: a disk, a database, a definition or a
    report is not the target's, and a browser that died is nobody's.

    - A refused sign-in opens the account's breaker, and nobody tries it again until its entry is changed.
    - A target that is away, or shows that it is maintained, opens its breaker at once; where only one account
      does not get in, its own. An address that cannot be opened is never one account's.
    - So does a required control that is gone: nothing is keyed, what is saved is still looked for and read.
    - Any other fault of the target opens it when `faults_in_a_row` reports in a row have met it.
    """
    if isinstance(error, _NOT_THE_TARGETS) or not isinstance(error, _THE_TARGETS):
        return None
    if isinstance(error, SignInRefused):
        return refused(error, claim.target, claim.account, claim.claimed_at, credential)
    reason, met_by, limit = Reason.TARGET_FAULT, claim.reference, settings.robots.faults_in_a_row
    if isinstance(error, TargetAway):
        reason, met_by, limit = Reason.TARGET_AWAY, claim.account, 1
    elif isinstance(error, TargetChanged) and claim.kind in KINDS_THAT_SAVE:
        reason, limit = Reason.TARGET_CHANGED, 1
    return Trouble(
        target=claim.target,
        reason=reason,
        message=describe(error),
        met_by=met_by,
        claimed_at=claim.claimed_at,
        limit=limit,
        probe_seconds=settings.robots.probe_seconds,
        probe_longest_seconds=settings.operations.probe_longest_seconds,
        blameless=isinstance(error, TargetAway) and error.for_all,
    )


def refused(
    error: SignInRefused,
    target: str,
    account: str,
    claimed_at: datetime,
    credential: str | None,
) -> Trouble:
    """A refused sign-in, for the account's own breaker: accounts lock."""
    return Trouble(
        target=target,
        account=account,
        reason=Reason.SIGN_IN_REFUSED,
        message=describe(error),
        met_by=account,
        claimed_at=claimed_at,
        probe_seconds=None,
        blameless=True,
        credential=credential,
    )
