"""Reports follow their form's switch: held when it goes off, released when it comes on (P9)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from orchestrator.states import Reason, State
from orchestrator.store.engine import Transaction, lock_chain
from orchestrator.store.moves import move
from orchestrator.store.switches import Switch
from orchestrator.store.tables import reports
from orchestrator.store.targets_of_forms import BEFORE_KEYING
from orchestrator.store.unreadable import passing_over


def lock(transaction: Transaction, forms: Collection[str]) -> None:
    """Lock what may follow the switches of these forms, and then the switches: before anything is read of them, so
    that nobody writes over what another switches at once. Whoever changes a switch holds the trail."""
    waiting = reports.c.form.in_(forms), reports.c.state.in_(BEFORE_KEYING)
    in_order = select(reports.c.reference).where(*waiting).order_by(reports.c.reference)
    transaction.connection.execute(in_order.with_for_update(key_share=True)).all()
    lock_chain(transaction)


def follow(transaction: Transaction, switch: Switch, actor: str) -> None:
    """Hold what waits for a form that is off; release what was held for that reason alone when it is on.

    What is not locked already, and another transaction is at work on, sees the switch by itself.
    """
    if switch.on:
        frm, to, reason = State.HELD, State.READY, Reason.SWITCHED_ON
    else:
        frm, to, reason = State.READY, State.HELD, Reason.FORM_OFF
    query = select(reports.c.reference).where(reports.c.form == switch.form, reports.c.state == frm)
    if switch.on:
        query = query.where(reports.c.reason == Reason.FORM_OFF)
    in_order = query.order_by(reports.c.reference).with_for_update(skip_locked=True, key_share=True)
    for reference in transaction.connection.execute(in_order).scalars().all():
        with passing_over(transaction, reference):
            move(transaction, reference, frm, to, actor=actor, reason=reason)
