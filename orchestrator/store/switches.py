"""Forms and targets on and off. Off takes effect at the next claim; the report in hand finishes safely (P9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, insert, select, update

from orchestrator.store.engine import Transaction
from orchestrator.store.tables import switches, target_switches
from orchestrator.store.trail import append
from orchestrator.store.values import Switch


def every(connection: Connection) -> tuple[Switch, ...]:
    """Every form the settings have ever named, by name."""
    return tuple(Switch(*row) for row in connection.execute(_rows().order_by(switches.c.form)))


def find(connection: Connection, form: str | None) -> Switch | None:
    """The switch of one form, None for a form the settings never named."""
    row = connection.execute(_rows().where(switches.c.form == form)).one_or_none()
    return None if row is None else Switch(*row)


def is_on(connection: Connection, form: str | None) -> bool:
    """Whether reports of this form go to the robots."""
    switch = find(connection, form)
    return switch is not None and switch.on


def on_condition() -> ColumnElement[bool]:
    """The same as a condition on a row of `switches`."""
    return switches.c.configured & switches.c.switched_on & _target_on()


def targets_off(connection: Connection) -> frozenset[str]:
    """The targets that somebody has switched off."""
    return frozenset(connection.execute(_off()).scalars())


def _rows() -> Select[*tuple[Any, ...]]:
    return select(switches, case((_target_on(), True), else_=False))


def _target_on() -> ColumnElement[bool]:
    return switches.c.target.not_in(_off())


def _off() -> Select[str]:
    return select(target_switches.c.target).where(target_switches.c.switched_on.is_(False))


def configure(transaction: Transaction, wanted: Mapping[str, tuple[bool, str]], actor: str) -> list[Switch]:
    """Make the switches say what the settings say; a form they name no more is off. Returns those changed."""
    known = {switch.form: switch for switch in every(transaction.connection)}
    gone = {form: (False, known[form].target) for form in known.keys() - wanted.keys()}
    changed = []
    for form, (configured, target) in sorted({**gone, **wanted}.items()):
        before = known.get(form)
        if before is None or (before.configured, before.target) != (configured, target):
            switched_on = before.switched_on if before else True
            changed.append(_write(transaction, before, form, target, configured, switched_on, actor))
    return changed


def switch(transaction: Transaction, before: Switch, on: bool, actor: str) -> Switch:
    """Switch a form on or off by hand. What the settings say stays as it is."""
    return _write(transaction, before, before.form, before.target, before.configured, on, actor)


def switch_target(transaction: Transaction, target: str, on: bool, actor: str) -> bool:
    """Switch a target on or off by hand; returns whether that changes anything."""
    if on is (target not in targets_off(transaction.connection)):
        return False
    values = {"switched_on": on, "changed_at": transaction.now, "changed_by": actor}
    this = update(target_switches).where(target_switches.c.target == target).values(**values)
    if transaction.connection.execute(this.returning(target_switches.c.target)).first() is None:
        transaction.connection.execute(insert(target_switches).values(target=target, **values))
    details = {"switched_on": on}
    append(transaction, actor=actor, action="switched", subject=f"target:{target}", details=details)
    return True


def _write(
    transaction: Transaction,
    before: Switch | None,
    form: str,
    target: str,
    configured: bool,
    switched_on: bool,
    actor: str,
) -> Switch:
    values = {"target": target, "configured": configured, "switched_on": switched_on}
    stamp = {"changed_at": transaction.now, "changed_by": actor}
    statement = (
        update(switches).where(switches.c.form == form).values(**values, **stamp)
        if before
        else insert(switches).values(form=form, **values, **stamp)
    )
    transaction.connection.execute(statement)
    append(transaction, actor=actor, action="switched", subject=f"form:{form}", details=values)
    target_on = target not in targets_off(transaction.connection)
    return Switch(form, target, configured, switched_on, transaction.now, actor, target_on)
