"""The definitions that a running system uses: forms, targets and mappings, validated before anything starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.credentials import api_certificate_faults, certificate_faults, notify_faults
from orchestrator.settings import Settings
from orchestrator.states import Reason
from rpa.browser.launch import Route
from rpa.checks import check
from rpa.errors import DefinitionError, Fault
from rpa.forms import Form, load_forms
from rpa.planning.mapping import LoadedMapping, load_mapping
from rpa.robot import Target
from rpa.source_lines import toml_line
from rpa.targets.profile import load_profile


@dataclass(frozen=True)
class Definitions:
    """Forms by name, targets by name, and a mapping for each (target, form)."""

    forms: Mapping[str, Form]
    targets: Mapping[str, Target]
    mappings: Mapping[tuple[str, str], LoadedMapping]

    def mapping(self, target: str, form: str) -> LoadedMapping:
        """The mapping of a form into a target. Raises `DefinitionError` when the settings no
        longer name such a pair."""
        found = self.mappings.get((target, form))
        if found is None:
            said, remedy = "there is no mapping into this target", f"Add [forms.{form}] or correct the name"
            raise DefinitionError(Fault("rpa.toml", 1, form, said, remedy))
        return found


def load_definitions(settings: Settings) -> Definitions:
    """Load and validate everything the settings name. Raises `DefinitionError` with every fault."""
    forms = load_forms(settings.forms_dir)
    faults = definition_faults(settings, forms)
    if faults:
        raise DefinitionError(*faults)
    targets = {}
    for name, target in settings.targets.items():
        route = Route(target.proxy, target.certificate, target.key, target.other_sites)
        seconds = (target.timeout_seconds, target.save_seconds)
        profile = load_profile(settings.mappings_dir / target.profile)
        targets[name] = Target(name, profile, target.url, *seconds, route)
    mappings = {
        (form.target, name): load_mapping(settings.mappings_dir / settings.targets[form.target].profile, name)
        for name, form in settings.forms.items()
    }
    return Definitions(forms, targets, mappings)


def definition_faults(settings: Settings, forms: Mapping[str, Form]) -> list[Fault]:
    """Every fault of the definitions, and of what the settings name of them."""
    return [
        *check(forms, settings.mappings_dir),
        *_of_forms(settings, forms),
        *_of_targets(settings),
        *_of_messages(settings, forms),
        *notify_faults(settings),
        *(fault for name in settings.targets for fault in certificate_faults(settings, name)),
        *api_certificate_faults(settings),
    ]


def _of_forms(settings: Settings, forms: Mapping[str, Form]) -> Iterator[Fault]:
    for name, form in settings.forms.items():
        folder = settings.mappings_dir / settings.targets[form.target].profile
        mapping = folder / f"{name}.toml"
        if name not in forms:
            remedy = f"Add {settings.forms_dir / name}/, set forms_dir to where it is, or remove the section"
            yield settings.fault(("forms", name), "there is no form of this name", remedy)
        elif folder.is_dir() and not mapping.is_file():
            said = f"there is no mapping of this form into {form.target!r}"
            remedy = f"Add {mapping}, set mappings_dir to where it is, or remove the section"
            yield settings.fault(("forms", name, "target"), said, remedy)
        for kind in sorted(
            settings.forms[name].messages.kinds - forms[name].messages.keys() if name in forms else ()
        ):
            said = "the form has no message of this kind"
            remedy = f"Add {settings.forms_dir / name}/messages/{kind}.toml, or leave it off"
            yield settings.fault(("forms", name, "messages", kind), said, remedy)


def _of_messages(settings: Settings, forms: Mapping[str, Form]) -> Iterator[Fault]:
    """Reasons with words in a message that no report is anywhere for."""
    for name, form in forms.items():
        for kind, message in form.messages.items():
            file = settings.forms_dir / name / "messages" / f"{kind}.toml"
            for reason in sorted(message.why.keys() - set(Reason)):
                line = toml_line(file.read_text(encoding="utf-8"), ("why", reason))
                remedy = "Name one of the reasons in docs/operations.md"
                yield Fault(str(file), line, f"why.{reason}", "there is no such reason", remedy)


def _of_targets(settings: Settings) -> Iterator[Fault]:
    for name, target in settings.targets.items():
        folder = settings.mappings_dir / target.profile
        if not (folder / "screens.toml").is_file():
            said, remedy = (
                "there is no profile of this name",
                f"Add {folder}/screens.toml, or remove [targets.{name}]",
            )
            yield settings.fault(("targets", name, "profile"), said, remedy)
