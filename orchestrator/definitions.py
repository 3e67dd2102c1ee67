"""The definitions a running system works by: forms, targets and mappings, proved whole before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.settings import Settings
from rpa.browser.launch import Way
from rpa.check import check
from rpa.errors import DefinitionError, Fault
from rpa.forms import Form, load_forms
from rpa.mapping import LoadedMapping, load_mapping
from rpa.robot import Target
from rpa.targets.profile import load_profile


@dataclass(frozen=True)
class Definitions:
    """Forms by name, targets by name, and a mapping for each (target, form)."""

    forms: Mapping[str, Form]
    targets: Mapping[str, Target]
    mappings: Mapping[tuple[str, str], LoadedMapping]

    def mapping(self, target: str, form: str) -> LoadedMapping:
        """The mapping of a form into a target. `DefinitionError` when the settings name no such pair any more."""
        found = self.mappings.get((target, form))
        if found is None:
            raise DefinitionError(_no_such("mapping into this target", form, f"[forms.{form}]"))
        return found


def load_definitions(settings: Settings) -> Definitions:
    """Load and prove everything the settings name. Raises `DefinitionError` with every fault."""
    forms = load_forms(settings.forms_dir)
    faults = check(forms, settings.mappings_dir)
    unknown = [name for name in settings.forms if name not in forms]
    faults += [_no_such("form", name, f"{settings.forms_dir}/{name}/") for name in unknown]
    if faults:
        raise DefinitionError(*faults)
    targets = {}
    for name, target in settings.targets.items():
        folder = settings.mappings_dir / target.profile
        if not folder.is_dir():
            raise DefinitionError(_no_such("profile", target.profile, f"{folder}/"))
        way = Way(target.proxy, target.certificate, target.key, target.sign_in_at)
        seconds = (target.timeout_seconds, target.save_seconds)
        targets[name] = Target(name, load_profile(folder), target.url, *seconds, way)
    mappings = {}
    for form_name, form in settings.forms.items():
        folder = settings.mappings_dir / settings.targets[form.target].profile
        if not (folder / f"{form_name}.toml").is_file():
            raise DefinitionError(_no_such("mapping", form_name, f"{folder}/{form_name}.toml"))
        mappings[form.target, form_name] = load_mapping(folder, form_name)
    return Definitions(forms, targets, mappings)


def _no_such(kind: str, name: str, wanted: str) -> Fault:
    return Fault("rpa.toml", 1, name, f"there is no {kind} of this name", f"Add {wanted} or correct the name")
