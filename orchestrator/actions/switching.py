"""Forms and targets on and off (P9)."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.actions.permissions import SETTINGS, Act, Actor, require
from orchestrator.store import Store, Switch, TargetSwitch, switch_effects, switches
from orchestrator.store.targets_of_forms import retarget


def configure(
    store: Store, forms: Mapping[str, tuple[bool, str]], targets: Mapping[str, bool]
) -> list[Switch]:
    """Bring the switches in line with the settings: form -> (enabled, target), and target -> enabled. Returns the
    forms that are not as they were.

    Reports follow: held for a form that went off, released for one that came on, sent to a changed target as long
    as save was never pressed for them. It needs no permission: it always runs as the settings.
    """
    with store.writing() as transaction:
        known = {each.form for each in switches.every(transaction.connection)}
        switch_effects.lock(transaction, known | forms.keys())
        changed = switches.configure(transaction, forms, targets, SETTINGS.name)
        for switch in changed:
            retarget(transaction, switch)
            switch_effects.follow(transaction, switch, SETTINGS.name)
        return changed


def switch_form(store: Store, actor: Actor, form: str, on: bool) -> Switch:
    """Switch a form on or off by hand; its reports follow. LookupError for a form never configured."""
    require(actor, Act.SWITCH_FORM)
    with store.writing() as transaction:
        switch_effects.lock(transaction, [form])
        before = switches.find(transaction, form)
        if before is None:
            raise LookupError(form)
        if before.switched_on == on:
            return before
        after = switches.switch(transaction, before, on, actor.name)
        switch_effects.follow(transaction, after, actor.name)
        return after


def switch_target(store: Store, actor: Actor, target: str, on: bool) -> TargetSwitch:
    """Switch a target on or off by hand. Off: no robot claims a job in it, and the reports of its forms are held;
    the job in hand is finished. On: they go on. Raises `NotAllowed`."""
    require(actor, Act.SWITCH_TARGET)
    with store.writing() as transaction:
        into = [each.form for each in switches.every(transaction.connection) if each.target == target]
        switch_effects.lock(transaction, into)
        before, after = switches.switch_target(transaction, target, on, actor.name)
        if before != after:
            for switch in switches.every(transaction.connection):
                if switch.target == target:
                    switch_effects.follow(transaction, switch, actor.name)
        return after
