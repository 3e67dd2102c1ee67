"""`python -m rpa.survey`: what a robot finds on a page of a target, as lines for its profile.

For people who write a `screens.toml`. It signs in, goes to the page, and prints each control as a line of
[screen.controls]. It never presses save.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rpa.browser.launch import launch
from rpa.browser.tab import Tab
from rpa.browser.values import Details, Found, Region
from rpa.checks.profiles import FACTS, profile_faults
from rpa.documents.files import read_file
from rpa.errors import DefinitionError, RpaError
from rpa.forms import load_forms
from rpa.planning import plan
from rpa.planning.mapping import load_mapping
from rpa.reading import read
from rpa.targets import journey
from rpa.targets.keying import key_screen
from rpa.targets.profile import Profile, load_profile
from rpa.targets.replacements import answers_in
from rpa.visible import visible

_BUILDING_SECONDS = 1.0  # for a page that is still being built after it has loaded
_KINDS: Mapping[str, str] = {  # found as -> kind, where they differ
    "output": "look_up",
    "number": "text",
    "editable": "text",
    "list": "select",
    "listbox": "select_many",
}
_SECTIONED = "an input in parts: name the group, with kind date, time or datetime"


async def surveyed(tab: Tab, region: Region) -> tuple[tuple[Found, Details], ...]:
    """Every visible control of a region, with all that the page says about it. Raises `RpaError` if there is
    none."""
    await asyncio.sleep(_BUILDING_SECONDS)
    found = await tab.survey(region)
    if found is None:
        raise RpaError(f"there is nothing on the page that {region.css!r} chooses")
    return tuple([(each, await tab.details(each.handle)) for each in found.controls])


def lines(controls: Sequence[tuple[Found, Details]]) -> Iterator[str]:
    """Lines of a profile for the controls, with a remark where a person should look."""
    times = Counter(each.caption for each, _ in controls)
    ticks = Counter(_group(each) for each, _ in controls if each.kind == "checkbox" and each.within)
    for each, details in controls:
        group = _group(each)
        if each.kind == "checkbox" and ticks[group] > 1:
            together = [other.caption for other, _ in controls if _group(other) == group]
            if each.caption == together[0]:
                yield _line(group, ['kind = "checkboxes"', _options(together)], [])
            continue
        crowded = times[each.caption] > 1
        own = each.caption or f"Control {each.handle.index}"
        name = f"{group} / {own}" if group and crowded and each.caption else own
        yield _line(name, _parts(each, details), _remarks(each, crowded=crowded and not group))


def _line(name: str, parts: Iterable[str], remarks: Iterable[str]) -> str:
    remark = "; ".join(remarks)
    return f"{_quoted(name)} = {{ {', '.join(parts)} }}" + (f"  # {remark}" if remark else "")


def _group(each: Found) -> str:
    return each.within[0] if each.within else ""


def _options(captions: Iterable[str]) -> str:
    return f"options = [{', '.join(map(_quoted, captions))}]"


def _parts(each: Found, details: Details) -> Iterator[str]:
    yield f'kind = "{_KINDS.get(each.kind, each.kind)}"'
    if not each.caption and details.selector:
        yield f"css = {_quoted(details.selector)}"
    if details.limit:
        yield f"max = {details.limit}"
    if details.required:
        yield "required = true"
    options = each.options or details.options
    if options:
        yield _options(options)


def _remarks(each: Found, *, crowded: bool) -> Iterator[str]:
    if not each.caption:
        yield "no caption found: a selector is a last resort, which the target's next release may break"
    elif crowded:
        yield "several have this name"
    if each.within:
        yield f"in {' in '.join(map(_quoted, each.within))}"
    if each.caption and len(each.captions) > 1:
        yield f"or {' or '.join(each.captions[1:])}"
    if each.kind == "spinbutton":
        yield _SECTIONED
    if not each.shown:
        yield (
            "hidden behind a script's own" if each.enhanced else "hidden at present: does a button reveal it?"
        )
    if not each.writable and each.kind != "output":
        yield "cannot be written at present: does it come after another control?"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a TOML string


async def _arrive(tab: Tab, profile: Profile, folder: Path, chosen: argparse.Namespace) -> Region:
    """Go to the page that is asked for. Returns the part of it that is the form."""
    if chosen.at:
        await tab.go(chosen.at)
        if tab.status >= 400:
            said = "so this is not the requested page"
            raise RpaError(f"{chosen.at} returns status {tab.status}, {said}")
        region = Region(profile.journey.scope)
        return region if await tab.has(region) else Region()
    await journey.open_record(tab, profile)
    if chosen.to:
        await _key_up_to(tab, profile, folder, chosen)
    return Region(profile.journey.scope)


async def _key_up_to(tab: Tab, profile: Profile, folder: Path, chosen: argparse.Namespace) -> None:
    """Key a report screen by screen up to the one asked for."""
    forms = load_forms(chosen.forms)
    submission = read_file(chosen.report)
    report = read(submission, forms)
    if report.form is None or chosen.to not in profile.by_name:
        raise RpaError("no form recognises the report" if report.form is None else "there is no such screen")
    planned = plan(report, load_mapping(folder, report.form), profile, folder.name)
    answers = answers_in(entry.value for _, entry in planned.placed())
    files = {media.name: media.content for media in submission.media}
    for number, page in enumerate(planned.pages):
        if page.screen == chosen.to:
            return
        await key_screen(tab, profile, page, files, answers)
        await journey.go_on(tab, profile, profile.screens[number], profile.screens[number + 1])


def _profile(folder: Path) -> Profile:
    """The profile, which may be unfinished: only a fault that would end a journey in the middle is raised."""
    profile = load_profile(folder)
    faults = profile_faults(folder / "screens.toml", profile)
    if steps := [each for each in faults if each.place.split(" / ")[0] in FACTS]:
        raise DefinitionError(*steps)
    return profile


def _password() -> str | None:
    """The password, from its variable or from whoever is at the terminal; None where nobody is."""
    try:
        with warnings.catch_warnings(action="error", category=getpass.GetPassWarning):  # it would be shown
            return os.environ.get("SURVEY_PASSWORD") or getpass.getpass()
    except (getpass.GetPassWarning, EOFError):
        return None


async def _run(chosen: argparse.Namespace, profile: Profile, password: str) -> None:
    async with launch() as browser:
        tab = await browser.open_tab(chosen.url, chosen.seconds)
        if chosen.account:
            await journey.sign_in(tab, profile, {"account": chosen.account, "password": password})
        region = await _arrive(tab, profile, chosen.folder, chosen)
        for line in lines(await surveyed(tab, region)):
            print(visible(line))
        if chosen.picture:
            chosen.picture.write_bytes(await tab.picture())


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the arguments, survey, print. It asks for the password unless SURVEY_PASSWORD has it."""
    parser = argparse.ArgumentParser(prog="python -m rpa.survey", description=__doc__)
    parser.add_argument("folder", type=Path, help="the target's folder, such as mappings/chs")
    parser.add_argument("url", help="where the target is")
    parser.add_argument(
        "--account", help="sign in with this account; without it, the survey does not sign in"
    )
    parser.add_argument("--at", metavar="PATH", help="survey the page at this address")
    parser.add_argument("--to", metavar="SCREEN", help="key --report up to this screen and survey that")
    parser.add_argument("--report", type=Path, help="a sample report, for --to")
    parser.add_argument("--forms", type=Path, default=Path("forms"), help="the forms' folder, for --to")
    parser.add_argument("--seconds", type=float, default=15, help="how long to wait for a page")
    parser.add_argument("--picture", type=Path, help="write a picture of the page to this file")
    chosen = parser.parse_args(arguments)
    if bool(chosen.to) != bool(chosen.report):
        parser.error("--to and --report belong together")
    try:
        profile = _profile(chosen.folder)
        password = _password() if chosen.account else ""
        if password is None:
            said = "There is no terminal to ask for the password at. Give it in the variable SURVEY_PASSWORD"
            parser.exit(2, f"{said}\n")
        asyncio.run(_run(chosen, profile, password))
    except DefinitionError as error:
        parser.exit(2, f"{error}\n")
    except RpaError as error:
        parser.exit(1, f"{error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
