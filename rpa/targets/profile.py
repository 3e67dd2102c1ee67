"""The shape of `mappings/<target>/screens.toml`: what one target looks like, in terms any web system has.

`docs/writing-a-target.md` explains every key to the person who writes one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cssselect2.parser import SelectorError, parse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rpa.pattern import pattern_fault
from rpa.toml_file import load, read


class Definition(BaseModel):
    """A frozen part of a definition file; an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kind(StrEnum):
    """What a control is to the person who uses it."""

    TEXT = "text"
    LINES = "lines"  # text of several lines
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"  # a day and a time of it, in one box or in two
    SELECT = "select"
    SELECT_MANY = "select_many"  # several chosen from what a list offers
    RADIO = "radio"
    CHECKBOX = "checkbox"
    CHECKBOXES = "checkboxes"  # several ticks under one caption
    COMBOBOX = "combobox"  # type, then choose from what is offered
    TOKENS = "tokens"  # type, Enter, again
    RICH_TEXT = "rich_text"
    LOOK_UP = "look_up"  # a dialog that searches and lets one result be chosen
    FILE = "file"


CHOICES = frozenset({Kind.SELECT, Kind.SELECT_MANY, Kind.RADIO, Kind.COMBOBOX, Kind.CHECKBOXES})
MANY = frozenset({Kind.CHECKBOXES, Kind.TOKENS, Kind.SELECT_MANY})
CLOCKED = frozenset({Kind.DATE, Kind.TIME, Kind.DATETIME})


def whole(pattern: str) -> str:
    """The pattern for something as a whole: not as part of a longer word or number."""
    return rf"(?<!\w)(?:{pattern})(?!\w)"


def _expression(text: str) -> str:
    if fault := pattern_fault(text) or pattern_fault(whole(text)):
        raise ValueError(fault)
    return text


def _selector(css: str) -> str:
    """A valid CSS selector. One with a pseudo-class that no browser knows is accepted."""
    try:
        list(parse(css))
    except SelectorError as error:
        raise ValueError(f"not a CSS selector: {error}") from error
    except AttributeError as error:  # the parser's own, where a selector ends behind a "|"
        raise ValueError("not a CSS selector: it breaks off") from error
    return css


def _selector_with_facts(css: str) -> str:
    _selector(re.sub(r"\{\w+\}", "x", css))
    return css


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error
    return name


Pattern = Annotated[str, AfterValidator(_expression)]
Selector = Annotated[str, AfterValidator(_selector)]
Zone = Annotated[str, AfterValidator(_zone)]


class PageCondition(Definition):
    """How something is recognised on a page. Every part given must hold; `path` is a glob over the address."""

    path: str | None = None
    heading: str | None = None
    text: str | None = None
    css: Annotated[str, AfterValidator(_selector_with_facts)] | None = None


class Step(Definition):
    """One thing to do: go to an address, fill a control, press a button or link, or wait."""

    go: str | None = None
    fill: str | None = None
    value: Literal["account", "password", "source_reference", "reference"] | None = Field(
        default=None, alias="with"
    )
    press: str | None = None
    wait: PageCondition | None = None


class Control(Definition):
    """One control of a screen, by the name its caption has. `Group / Caption` names a control inside a group.

    Lengths are in characters; `format` and `shown` are strftime formats: as typed, and as the record shows it.
    """

    kind: Kind
    label: str | None = None
    css: Selector | None = None  # a last resort, for a control without a caption
    max: int | None = None
    required: bool = False
    options: tuple[str, ...] | str | None = None  # captions, or the name of a file lists/<name>.txt of them
    format: str | None = None
    boxes: Mapping[str, str] | None = None  # caption of the box -> strftime format of what it takes
    shown: str | None = None
    shown_as: str | None = None  # caption on the record, where it differs
    shown_in: Selector | None = None  # CSS of its value on the record, where no caption stands beside it
    read_back: bool = True  # False: the record does not show it
    default: str | None = None  # what the record shows where nothing was keyed
    after: str | None = None  # another control of the screen that must be keyed first
    reveal: str | None = None  # button that opens the collapsed part it stands in
    # a look-up: open the dialog, type the parts, press search, choose the one row that matches, else `otherwise`
    open: str | None = None
    dialog: str | None = None
    search: Mapping[str, str] = Field(default_factory=dict)  # field in the dialog -> part typed into it
    press: str | None = None
    none: str | None = None
    more: str | None = None  # what is said when not all results are shown
    match: tuple[str, ...] = ()  # columns of the results that must equal the parts of the same name
    choose: str | None = None
    otherwise: str | None = None
    formats: Mapping[str, str] = Field(default_factory=dict)  # part -> strftime format


class Grid(Definition):
    """Rows of controls. `row` says where a new row is filled in: inline in the table, in a dialog, or in
    controls of the page beside the table; `keep` is the button that takes it over."""

    row: Literal["inline", "dialog", "page"]
    add: str | None = None
    dialog: str | None = None
    keep: str | None = None
    max_rows: int | None = None
    columns: Mapping[str, Control]


class Layout(Definition):
    """How a page shows values: CSS of section and group headings, of captions, whose next sibling holds the value,
    and of each item where a value is several."""

    scope: Selector = "body"
    section: Selector | None = None
    group: Selector | None = None
    caption: Selector = "dt, th[scope=row]"
    item: Selector = "li"
    empty: tuple[str, ...] = ("",)
    yes: str = "Yes"
    no: str = "No"


class Screen(Definition):
    """One page of the journey."""

    name: str
    heading: str | None = None
    controls: Mapping[str, Control] = Field(default_factory=dict)
    grids: Mapping[str, Grid] = Field(default_factory=dict)
    review: Layout | None = None  # how it shows what will be saved, where it is a page of review

    @property
    def condition(self) -> PageCondition:
        """How this page is recognised."""
        return PageCondition(heading=self.heading or self.name)

    def before(self, control: str) -> Iterator[str]:
        """The controls that must be keyed before a control of this screen, the nearest first."""
        while (name := self.controls[control].after) is not None:
            yield (control := name)


class Session(Definition):
    """How to sign in, how the target refuses an account, and how a page looks once the session has ended, or while
    nobody is let in."""

    steps: tuple[Step, ...]
    done: PageCondition
    ended: PageCondition
    refused: PageCondition | None = None
    maintenance: PageCondition | None = None


class Journey(Definition):
    """From the start to the first screen, on from screen to screen, and save."""

    steps: tuple[Step, ...]
    scope: Selector = "body"  # CSS of the part of the page that is the form's own
    next: str | None = None
    errors: Selector  # CSS of where the target says what it refuses
    save: str
    saved: PageCondition
    reference: Pattern


class Update(Definition):
    """From anywhere to the first screen of a saved record that is opened for change, on to its last, and save.

    `screens`: those it goes through, in order, by name. `own`: the screens that only an update has.
    `reference_in`: CSS of where a page shows whose record it is. What may be left out is as in `[journey]`.
    """

    steps: tuple[Step, ...]
    screens: tuple[str, ...]
    own: tuple[Screen, ...] = Field(default=(), alias="screen")
    reference_in: Selector
    scope: Selector | None = None
    next: str | None = None
    errors: Selector | None = None
    save: str
    saved: PageCondition


class UpdateJourney(Journey):
    """The journey of an update: `[update]`, with what is as in `[journey]`."""

    screens: tuple[str, ...]
    reference_in: Selector


class Find(Definition):
    """How a record is found by source reference. `none` must be seen before we believe there is none.

    `row` is CSS of one result; `column` and `reference_column` are the headings of the columns in which our
    reference and the target's stand. `record`: the search has opened the one record itself. `more`: not all
    results are shown.
    """

    steps: tuple[Step, ...]
    found: PageCondition
    none: PageCondition
    more: PageCondition | None = None
    record: PageCondition | None = None
    row: Selector = "table tbody tr"
    column: str | None = None
    reference_column: str | None = None


class Record(Layout):
    """How a saved record is opened and how its page is laid out."""

    steps: tuple[Step, ...]
    heading: str


class Profile(Definition):
    """The whole description of one target."""

    title: str
    timezone: Zone = "Europe/London"
    session: Session
    journey: Journey
    find: Find
    record: Record
    update: Update | None = None
    screens: tuple[Screen, ...] = Field(alias="screen")
    lists: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict
    )  # what lists/*.txt hold, a caption a line

    @property
    def by_name(self) -> Mapping[str, Screen]:
        """All screens by name, those that only an update has among them."""
        own = self.update.own if self.update else ()
        return {screen.name: screen for screen in (*self.screens, *own)}

    @property
    def course(self) -> tuple[Screen, ...]:
        """The screens that the journey goes through, in order."""
        if isinstance(self.journey, UpdateJourney):
            return tuple(self.by_name[name] for name in self.journey.screens)
        return self.screens

    def for_update(self) -> Profile | None:
        """The same target with the update of a saved record as its journey; None where that is not described."""
        if (update := self.update) is None:
            return None
        journey = UpdateJourney(
            steps=update.steps,
            screens=update.screens,
            reference_in=update.reference_in,
            scope=update.scope or self.journey.scope,
            next=update.next or self.journey.next,
            errors=update.errors or self.journey.errors,
            save=update.save,
            saved=update.saved,
            reference=self.journey.reference,
        )
        return self.model_copy(update={"journey": journey})

    def options(self, control: Control) -> tuple[str, ...] | None:
        """The captions a control offers; None where the profile does not say, and only the page can."""
        return self.lists.get(control.options) if isinstance(control.options, str) else control.options

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that the target works in."""
        return ZoneInfo(self.timezone)


def caption(name: str, control: Control) -> tuple[str | None, str]:
    """(group, caption) of the control called `name`: `Group / Caption`, or just its caption."""
    group, _, own = name.rpartition(" / ")
    return group or None, control.label or own


def load_profile(folder: Path) -> Profile:
    """The profile in `folder`/screens.toml with the lists in `folder`/lists, or `DefinitionError`."""
    profile = load(folder / "screens.toml", Profile, "See docs/writing-a-target.md")
    lists = {path.stem: tuple(read(path).splitlines()) for path in sorted((folder / "lists").glob("*.txt"))}
    return profile.model_copy(update={"lists": lists})
