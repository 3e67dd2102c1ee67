"""The error families. The family of an error, not its message, decides what happens to a report.

    RpaError
    ├── ReportError               business exception: the data is wrong, a person looks at it
    ├── TargetError               application exception: the target is wrong, retry, only before save
    │   ├── TargetAway            nobody can sign in: no report is to blame
    │   │   └── SignInRefused     the target refuses an account: not repeated until an administrator has acted
    │   ├── NotServed             the target cannot be reached, or responds with an error of its own
    │   ├── BrowserGone           the browser has died or does not respond: another is started
    │   ├── NotSent               save was about to be pressed, and it is certain that nothing left this machine
    │   ├── PageReplaced          the page made way for another while it was worked on
    │   │   └── SurveyOutdated    the page was surveyed again since a control was found
    │   ├── SessionEnded          the target asks us to sign in again
    │   └── TargetChanged         a screen or control is not what the profile says
    ├── SubmissionUncertain       save may have left and the result is not known: look in the target, never retry
    ├── DefinitionError           a form, mapping, profile or setting is wrong: refuse to start
    └── OperatingError            this installation cannot do it now: the store, the disk, another run

Other rooms add errors to a family, never to the root: `docs/architecture.md` has the whole table. Messages name
screens, controls, files and rules, never an answer, a name or a secret (P8).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RpaError(Exception):
    """The root: everything this project raises on purpose."""


class ReportError(RpaError):
    """A business exception: the report's own data is wrong or was refused by the target. A person looks at it."""


class TargetError(RpaError):
    """An application exception: the target is wrong, slow or away. Try again, as long as save was not pressed."""


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
    """An address of the target cannot be opened, or the target responds with an error of its own (5xx)."""


class BrowserGone(TargetError):  # noqa: N818 - an event, not a mistake of ours
    """The browser has died or does not respond in time. No report is to blame; another browser is started."""


class NotSent(TargetError):  # noqa: N818 - says what did not happen
    """Save was about to be pressed, and it is certain that no request left this machine."""


class PageReplaced(TargetError):  # noqa: N818 - an event of the target's, not a mistake of ours
    """The document that was worked on has made way for another: look again before going on."""


class SurveyOutdated(PageReplaced):
    """A control was found in an earlier survey: what stands there now may be another. Survey again."""


class SessionEnded(TargetError):  # noqa: N818 - an event of the target's, not a mistake of ours
    """The target asks us to sign in again."""


class Cause(StrEnum):
    """What of a target has changed: it decides what shows that the change is over."""

    GONE = "gone"  # there is no such control
    SEVERAL = "several"  # more than one control could be meant
    NOT_WRITABLE = "not_writable"  # the control is there, and cannot be written
    ON_THE_WAY = "on_the_way"  # a button or field that every save goes by cannot be used
    PAGE = "page"  # a page that every save goes by shows what it should not
    VALUE = "value"  # the control does not take, keep or show a value
    OTHER = "other"  # what no saved record has to do with


class TargetChanged(TargetError):  # noqa: N818 - an event of the target's, not a mistake of ours
    """A screen or control is not what the profile says.

    `screen` and `control` name it in the profile's words; `control` is empty when the screen itself is meant.
    `proposals`: what may have taken its place, by caption, for the person who corrects the profile: words of the
    page, and so in no message. `also`: other changes that were found before it.
    """

    def __init__(
        self,
        screen: str,
        control: str,
        reason: str,
        cause: Cause,
        *,
        proposals: tuple[str, ...] = (),
        also: tuple[TargetChanged, ...] = (),
    ) -> None:
        self.screen, self.control, self.reason, self.cause = screen, control, reason, cause
        self.proposals, self.also = proposals, also
        super().__init__(self.place)

    @property
    def place(self) -> str:
        """Where it is and what is wrong there: the same whatever may have taken its place."""
        return f"{self.screen}{' / ' + self.control if self.control else ''}: {self.reason}"


class SubmissionUncertain(RpaError):  # noqa: N818 - a state of knowledge, named as the design names it
    """Save may have left this machine and the result is not known: look in the target, never repeat it.

    `signed_out`: the target responded with its sign-in page, so it most likely never took what it does not hold.
    `changes`: what of the target is not what the profile says, where that is the reason.
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
    """A form, mapping, profile or setting is wrong: refuse to start. Has every fault found, not only the first."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("\n".join(map(str, faults)))


class OperatingError(RpaError):
    """The installation cannot do it now, or not as it was asked: whoever asked, or operates it, acts."""
