"""The states of a report and of a robot's job, the reasons, and the only ways from one state to another. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a report is on its way."""

    RECEIVED = "received"  # on disk and understood, not yet sorted
    HELD = "held"  # waiting for an administrator
    READY = "ready"  # waiting for a robot
    KEYING = "keying"  # a robot is filling in the pages
    SUBMITTING = "submitting"  # about to press save, or pressed: what happened is not known yet
    UNCERTAIN = "uncertain"  # save was pressed and what happened is not known: to be looked up
    SUBMITTED = "submitted"  # the target holds it and gave a reference: to be read back
    REVIEW = "review"  # waiting for an operator's decision
    DECIDED = "decided"  # an operator decided
    ATTENTION = "attention"  # waiting for an operator to act
    KEYED_BY_HAND = "keyed_by_hand"  # an operator keyed it and gave the reference
    REJECTED = "rejected"  # an operator turned it away, with a rationale


class JobKind(StrEnum):
    """What a robot does in a target for a report."""

    KEY = "key"  # key it as a new record, and save
    UPDATE = "update"  # key changes into its saved record, and save
    LOOK_UP = "look_up"  # find out by source reference whether a save took effect
    READ_BACK = "read_back"  # read the saved record and compare it with what was keyed
    RECONCILE = "reconcile"  # make sure that a saved record is in the target exactly once


class JobState(StrEnum):
    """Where a job is on its way."""

    WAITING = "waiting"  # for a robot
    RUNNING = "running"  # a robot has it, under a lease
    SAVING = "saving"  # save is about to be pressed, or was
    UNCERTAIN = "uncertain"  # save may have been pressed and what happened is not known: a look-up finds out
    DONE = "done"
    ENDED = "ended"  # given up, or replaced by another job: the report says why


class MessageState(StrEnum):
    """Where a message to the person who reported is on its way."""

    WAITING = "waiting"  # to be sent
    SENDING = "sending"  # about to leave this machine, or left it
    SENT = "sent"
    FAILED = "failed"  # it certainly was not sent, and is not tried again
    UNCERTAIN = (
        "uncertain"  # it may have been sent and what happened is not known: never sent again by itself
    )
    CANCELLED = "cancelled"  # it is not to be sent: the reason is beside it


OPEN = (JobState.WAITING, JobState.RUNNING, JobState.SAVING, JobState.UNCERTAIN)
"""Robots still have work to do on these."""

KINDS_THAT_SAVE = (JobKind.KEY, JobKind.UPDATE)
"""Jobs that key into a target and save."""

SAVED = (State.REVIEW, State.DECIDED)
"""The record of a report in these states is known, and may be updated."""

STANDING_OF: Mapping[JobState, State] = MappingProxyType(
    {
        JobState.WAITING: State.READY,
        JobState.RUNNING: State.KEYING,
        JobState.SAVING: State.SUBMITTING,
        JobState.UNCERTAIN: State.UNCERTAIN,
        JobState.DONE: State.SUBMITTED,
        JobState.ENDED: State.ATTENTION,
    }
)
"""Where the save of an update stands, in the words for a report that is keyed: both go the same way."""

JOB_OF: Mapping[State, JobKind] = MappingProxyType(
    {
        State.READY: JobKind.KEY,
        State.KEYING: JobKind.KEY,
        State.SUBMITTING: JobKind.KEY,
        State.UNCERTAIN: JobKind.LOOK_UP,
        State.SUBMITTED: JobKind.READ_BACK,
        State.REVIEW: JobKind.RECONCILE,
    }
)
"""The kind of job that a report in this state has with a robot."""


class Reason(StrEnum):
    """Why a report is in its state. Short codes, used in lists, metrics and the trail."""

    ARRIVED = "arrived"
    VALID = "valid"
    WITH_PROBLEMS = "with-problems"  # it breaks rules of the form, none of which stops it
    INVALID = "invalid"  # an answer breaks a rule of the form
    UNREADABLE = "unreadable"  # the bytes are not a report
    FORM_UNKNOWN = "form-unknown"  # no form recognises it
    FORM_CHANGED = "form-changed"  # the form has moved on: an unknown version or option
    FORM_OFF = "form-off"  # the form is switched off
    AMENDED = "amended"  # other content for a submission on which our work has ended
    DUPLICATE = "duplicate"  # read again, it turned out to be a submission we already have
    RELEASED = "released"  # an administrator let it go on
    SWITCHED_ON = "switched-on"  # its form was switched on
    READ_AGAIN = "read-again"  # the definition or the report was corrected
    CLAIMED = "claimed"
    PAGE_CONFIRMED = "page-confirmed"  # the pages hold exactly the plan: save comes next
    TARGET_AWAY = "target-away"  # the target cannot be reached or lets nobody in: not counted an attempt
    SIGN_IN_REFUSED = "sign-in-refused"  # the target refuses the robot's account: not counted an attempt
    BLOCKED = "blocked"  # the circuit breaker of its target is open: not counted an attempt
    BROWSER_GONE = "browser-gone"  # the browser died or did not respond: not counted an attempt
    NOT_SENT = "not-sent"  # save was due, and it is certain that nothing left this machine
    TARGET_FAULT = "target-fault"  # the target was wrong, slow or away
    TARGET_CHANGED = "target-changed"  # a screen or control is not what the profile says
    SESSION_ENDED = "session-ended"  # the target asked to sign in again
    STOPPED = "stopped"  # the system was stopped
    LEASE_LOST = "lease-lost"  # the robot did not report back in time
    UNEXPECTED = "unexpected"  # an unexpected error
    DEFINITION = "definition"  # the form, mapping or profile is wrong for this report
    REFUSED = "refused"  # the target refused an answer, or the report cannot be keyed as it is
    ATTEMPTS_USED_UP = "attempts-used-up"
    SAVE_UNANSWERED = "save-unanswered"  # save was pressed and no reference was seen
    REFERENCE_SEEN = "reference-seen"
    FOUND = "found"  # looked up in the target by source reference
    ANSWERED_LATE = "answered-late"  # the target gave its reference after the claim had ended
    NOT_FOUND = "not-found"  # looked up after the commit delay, and it is not there
    UPDATE_FAILED = "update-failed"  # its record could not be updated, and is as it was
    UPDATE_UNCERTAIN = "update-uncertain"  # whether its record was updated is not known
    CANNOT_TELL = "cannot-tell"  # looked up, and the result is not clear
    FOUND_SEVERAL = "found-several"  # more than one record under our source reference
    VERIFIED = "verified"  # the record holds what was keyed
    MISMATCHED = "mismatched"  # the record differs from what was keyed
    UNREAD = "unread"  # the record could not be read back
    CRIME = "crime"
    NOT_A_CRIME = "not-a-crime"
    PASSED_ON = "passed-on"
    CORRECTED = "corrected"
    KEYED_BY_HAND = "keyed-by-hand"
    REJECTED = "rejected"


TRANSITIONS: Mapping[tuple[State, State], str] = MappingProxyType(
    {
        (State.RECEIVED, State.READY): "It is valid and its form is switched on.",
        (State.RECEIVED, State.HELD): "Its form is switched off, unknown or has changed.",
        (
            State.RECEIVED,
            State.ATTENTION,
        ): "It cannot be read, breaks a rule, or is one we already have.",
        (State.HELD, State.READY): "An administrator released it, or its form was switched on.",
        (State.HELD, State.RECEIVED): "The definition was corrected and the report is read again.",
        (State.HELD, State.REJECTED): "It was dismissed while it was held, with a rationale.",
        (State.READY, State.KEYING): "A robot claimed it: a lease, a fencing token, one more attempt.",
        (State.READY, State.ATTENTION): "Its job cannot be read in the database.",
        (State.READY, State.HELD): "Its form was switched off, or it is corrected before a robot takes it.",
        (State.READY, State.SUBMITTED): "A late response shows that the target holds it.",
        (State.HELD, State.SUBMITTED): "A late response shows that the target holds it, though it is held.",
        (State.KEYING, State.SUBMITTED): "It is in the target from an earlier attempt.",
        (State.KEYING, State.SUBMITTING): "The pages hold exactly the plan, and it is still our claim.",
        (State.KEYING, State.READY): "The target failed before save, or the lease was lost: another attempt.",
        (State.KEYING, State.ATTENTION): "The target refused the report, or its attempts are used up.",
        (State.SUBMITTING, State.SUBMITTED): "The target's reference was seen.",
        (State.SUBMITTING, State.READY): "It is certain that nothing left this machine: another attempt.",
        (State.SUBMITTING, State.ATTENTION): "Nothing left this machine, and its attempts are used up.",
        (State.SUBMITTING, State.UNCERTAIN): "Save may have been pressed and no reference was seen.",
        (State.UNCERTAIN, State.SUBMITTED): "It was found in the target by its source reference.",
        (State.UNCERTAIN, State.READY): "Save led to the sign-in page, and it is not there.",
        (
            State.UNCERTAIN,
            State.ATTENTION,
        ): "It was not found after the commit delay, or found twice.",
        (State.SUBMITTED, State.REVIEW): "The record was read back and compared, or could not be read.",
        (State.SUBMITTED, State.ATTENTION): "The target returned two references for this report.",
        (
            State.REVIEW,
            State.ATTENTION,
        ): "Looked up once more, it is not there exactly once; or an update failed.",
        (State.REVIEW, State.DECIDED): "An operator decided: crime, not a crime, duplicate, passed on.",
        (
            State.ATTENTION,
            State.RECEIVED,
        ): "It is read again: what stopped it was corrected.",
        (State.ATTENTION, State.KEYED_BY_HAND): "An operator keyed it and gave the reference.",
        (State.ATTENTION, State.REJECTED): "An operator turned it away, with a rationale.",
        (
            State.DECIDED,
            State.ATTENTION,
        ): "A late response shows an unknown record; or an update of the record failed, or differs.",
        (
            State.KEYED_BY_HAND,
            State.ATTENTION,
        ): "A late response shows a record that was not known when it was keyed by hand.",
        (
            State.REJECTED,
            State.ATTENTION,
        ): "A late response shows a record that was not known when it was turned away.",
    }
)

FINAL = frozenset({State.DECIDED, State.KEYED_BY_HAND, State.REJECTED})
"""Our work on these has ended. Only a second record, shown by a late response, brings one back to a person."""

WAITING_FOR_ROBOT = frozenset(
    {State.RECEIVED, State.READY, State.KEYING, State.SUBMITTING, State.UNCERTAIN, State.SUBMITTED}
)
"""Robots still have work to do on these: while there is one, the system is not idle."""

WAITING_FOR_PERSON = frozenset({State.HELD, State.ATTENTION, State.REVIEW})
"""An administrator or an operator comes next."""

STOPPED = frozenset({State.HELD, State.ATTENTION})
"""Nothing more is done for these until somebody acts, and their record is not in the target."""

UNCOUNTED = frozenset({Reason.TARGET_AWAY, Reason.SIGN_IN_REFUSED, Reason.BLOCKED, Reason.BROWSER_GONE})
"""The report did not cause these: the attempt is not counted."""


def allowed(frm: State, to: State) -> bool:
    """Whether a report may go from one state straight to the other."""
    return (frm, to) in TRANSITIONS
