"""Forms and targets on and off. Off takes effect at the next claim; the report in hand finishes safely (P9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, insert, select, update

from orchestrator.store.engine import Transaction
from orchestrator.store.tables import entries, switches, target_switches
from orchestrator.store.trail import append, parsed

_SWITCHED = "switched"


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether a form is taken, and into which target. `configured` is what the settings say, `switched_on` what
    people do; `target_on`: whether its target is on."""

    form: str
    target: str
    configured: bool
    switched_on: bool
    target_on: bool

    @property
    def on(self) -> bool:
        """The settings say so, nobody has switched it off, and its target is on."""
        return self.configured and self.switched_on and self.target_on


@dataclass(frozen=True, slots=True)
class TargetSwitch:
    """Whether a target is worked in: `configured` is what the settings say, `switched_on` what people do."""

    target: str
    configured: bool
    switched_on: bool

    @property
    def on(self) -> bool:
        """The settings say so, and nobody has switched it off."""
        return self.configured and self.switched_on


def every(connection: Connection) -> tuple[Switch, ...]:
    """Every form the settings have ever named, by name."""
    return tuple(Switch(*row) for row in connection.execute(_rows().order_by(switches.c.form)))


def find(transaction: Transaction, form: str | None) -> Switch | None:
    """The switch of one form, None for a form the settings never named. Read once while the transaction holds the
    trail: nobody else changes a switch meanwhile."""
    known: dict[str | None, Switch | None] = transaction.chain.switches
    if form in known:
        return known[form]
    row = transaction.connection.execute(_OF_FORM, {"of_form": form}).one_or_none()
    found = None if row is None else Switch(*row)
    if transaction.chain.held:
        known[form] = found
    return found


def on_condition() -> ColumnElement[bool]:
    """Whether a form is on (`Switch.on`), as a condition on a row of `switches`."""
    return switches.c.configured & switches.c.switched_on & target_on(switches.c.target)


def targets(connection: Connection) -> tuple[TargetSwitch, ...]:
    """Every target that the settings have ever named, or somebody has switched, by name."""
    return tuple(TargetSwitch(*row) for row in connection.execute(_target_rows()))


def targets_off(connection: Connection) -> frozenset[str]:
    """The targets that are off."""
    return frozenset(connection.execute(_off()).scalars())


def _rows() -> Select[*tuple[Any, ...]]:
    columns = switches.c.form, switches.c.target, switches.c.configured, switches.c.switched_on
    return select(*columns, case((target_on(switches.c.target), True), else_=False))


def _target_rows() -> Select[*tuple[Any, ...]]:
    columns = (target_switches.c[name] for name in TargetSwitch.__slots__)
    return select(*columns).order_by(target_switches.c.target)


def target_on(target: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the target in a column is on."""
    return target.not_in(_off())


def _off() -> Select[str]:
    on = target_switches.c.configured & target_switches.c.switched_on
    return select(target_switches.c.target).where(~on)


_OF_FORM = _rows().where(switches.c.form == bindparam("of_form"))


def altered(connection: Connection) -> Iterator[tuple[str, str]]:
    """Each (form or target, column) that is not what the trail last said of its switch; "switch" where the row is
    gone, or the trail has none."""
    said: dict[str, dict[str, Any]] = {}
    query = select(entries.c.subject, entries.c.details).where(entries.c.action == _SWITCHED)
    for subject, details in connection.execute(query.order_by(entries.c.seq)):
        said.setdefault(subject, {}).update(parsed(details))
    forms = connection.execute(_rows().order_by(switches.c.form)).all()
    into = connection.execute(_target_rows()).all()
    rows = {f"form:{row.form}": row for row in forms} | {f"target:{row.target}": row for row in into}
    for subject in sorted(rows.keys() ^ said.keys()):
        yield subject, "switch"
    for subject in sorted(rows.keys() & said.keys()):
        row = rows[subject]._mapping  # noqa: SLF001
        yield from ((subject, name) for name, value in said[subject].items() if row.get(name) != value)


def configure(
    transaction: Transaction, forms: Mapping[str, tuple[bool, str]], on: Mapping[str, bool], actor: str
) -> list[Switch]:
    """Make the switches say what the settings say: form -> (enabled, target), and target -> enabled (`on`). What
    they name no more is off. Returns the forms that are not as they were, for themselves or for their target."""
    before = {switch.form: switch for switch in every(transaction.connection)}
    _configure_targets(transaction, on, actor)
    gone = {form: (False, before[form].target) for form in before.keys() - forms.keys()}
    for form, (configured, target) in sorted({**gone, **forms}.items()):
        was = before.get(form)
        if was is None or (was.configured, was.target) != (configured, target):
            switched_on = was.switched_on if was else True
            _write(transaction, was, form, target, configured, switched_on, actor)
    return [each for each in every(transaction.connection) if each != before.get(each.form)]


def _configure_targets(transaction: Transaction, on: Mapping[str, bool], actor: str) -> None:
    before = {each.target: each for each in targets(transaction.connection)}
    gone = dict.fromkeys(before.keys() - on.keys(), False)
    for target, configured in sorted({**gone, **on}.items()):
        was = before.get(target)
        now = TargetSwitch(target, configured, switched_on=was.switched_on if was else True)
        if now != was:
            _write_target(transaction, now, actor)


def switch(transaction: Transaction, before: Switch, on: bool, actor: str) -> Switch:
    """Switch a form on or off by hand. What the settings say stays as it is."""
    return _write(transaction, before, before.form, before.target, before.configured, on, actor)


def switch_target(
    transaction: Transaction, target: str, on: bool, actor: str
) -> tuple[TargetSwitch, TargetSwitch]:
    """Switch a target on or off by hand; returns how it was and how it is."""
    known = {each.target: each for each in targets(transaction.connection)}
    before = known.get(target) or TargetSwitch(target, configured=True, switched_on=True)
    after = replace(before, switched_on=on)
    if before != after:
        _write_target(transaction, after, actor)
    return before, after


def _write_target(transaction: Transaction, after: TargetSwitch, actor: str) -> None:
    values = {"configured": after.configured, "switched_on": after.switched_on}
    stamp = {"changed_at": transaction.now, "changed_by": actor}
    this = update(target_switches).where(target_switches.c.target == after.target).values(**values, **stamp)
    if transaction.connection.execute(this.returning(target_switches.c.target)).first() is None:
        first = insert(target_switches).values(target=after.target, **values, **stamp)
        transaction.connection.execute(first)
    transaction.chain.switches.clear()
    append(transaction, actor=actor, action=_SWITCHED, subject=f"target:{after.target}", details=values)


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
    transaction.chain.switches.clear()
    append(transaction, actor=actor, action=_SWITCHED, subject=f"form:{form}", details=values)
    target_on = target not in targets_off(transaction.connection)
    return Switch(form, target, configured, switched_on, target_on)
