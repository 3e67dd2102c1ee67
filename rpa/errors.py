"""The error families. The family, not the message, decides what happens to a report.

    RpaError
    ├── ReportError           the data is wrong: a person looks at it
    ├── TargetError           the system is wrong: retry, only before save
    │   ├── TargetAway        nobody gets in: not this report's doing
    │   │   └── SignInRefused the target refuses an account: not repeated until an administrator has acted
    │   ├── NotServed         the target cannot be reached, or answers with an error of its own
    │   ├── BrowserGone       the browser has died or does not answer: another is started
    │   ├── NotSent           save was to be pressed, and it is certain that nothing left this machine
    │   ├── PageReplaced      the page made way for another while it was worked on
    │   ├── SessionEnded      the target asks us to sign in again
    │   └── TargetChanged     a screen or control is not what the profile says
    ├── SubmissionUncertain   save may have left and the answer is not known: look, never retry
    └── DefinitionError       a form, mapping or profile is wrong: refuse to start

Messages name screens, controls, files and rules, never an answer, a name or a secret (P8).
"""

from __future__ import annotations

from dataclasses import dataclass


class RpaError(Exception):
    """The root: everything this project raises on purpose."""


class ReportError(RpaError):
    """The report's own data is wrong or was refused by the target: a person looks at it."""


class TargetError(RpaError):
    """The target is wrong, slow or away: try again later, as long as save was not pressed."""


class TargetAway(TargetError):  # noqa: N818 - an event of the target's, not a mistake of ours
    """The target cannot be reached or lets nobody in. No report is to blame, so none is counted an attempt.

    `for_all`: whatever the account, so that no account is to blame either.
    """

    def __init__(self, message: str, *, for_all: bool = False) -> None:
        self.for_all = for_all
        super().__init__(message)


class SignInRefused(TargetAway):
    """The target refuses an account. Accounts lock: it is not tried again until an administrator has acted."""


class NotServed(TargetError):  # noqa: N818 - an event of the target's, not a mistake of ours
    """An address of the target cannot be opened, or is answered with an error of the target's own (5xx)."""


class BrowserGone(TargetError):  # noqa: N818 - an event, not a mistake of ours
    """The browser has died or does not answer in time. No report is to blame; another browser is started."""


class NotSent(TargetError):  # noqa: N818 - says what did not happen
    """Save was about to be pressed, and it is certain that no request left this machine."""


class PageReplaced(TargetError):  # noqa: N818 - an event of the target's, not a mistake of ours
    """The document that was worked on has made way for another: look again before going on."""


class SessionEnded(TargetError):  # noqa: N818 - an event of the target's, not a mistake of ours
    """The target asks us to sign in again."""


class TargetChanged(TargetError):  # noqa: N818 - an event of the target's, not a mistake of ours
    """A screen or control is not what the profile says.

    `screen` and `control` name it in the profile's words; `control` is empty when the screen itself is meant.
    `also`: other changes that were met on the way.
    """

    def __init__(self, screen: str, control: str, reason: str, also: tuple[TargetChanged, ...] = ()) -> None:
        self.screen, self.control, self.reason, self.also = screen, control, reason, also
        super().__init__(f"{screen}{' / ' + control if control else ''}: {reason}")


class SubmissionUncertain(RpaError):  # noqa: N818 - a state of knowledge, named as the design names it
    """Save may have left this machine and what happened is not known: look in the target, never repeat.

    `signed_out`: the target answered with its sign-in page, so what it does not hold it most likely never took.
    `changes`: what of the target is not what the profile says, where that is why.
    """

    def __init__(
        self, message: str, *, signed_out: bool = False, changes: tuple[TargetChanged, ...] = ()
    ) -> None:
        self.signed_out, self.changes = signed_out, changes
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a definition: where it stands, what is wrong, and what to do about it."""

    file: str
    line: int
    place: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.place}: {self.message}. {self.remedy}"


class DefinitionError(RpaError):
    """A form, mapping or profile is wrong: refuse to start. Carries every fault found, not the first."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))
