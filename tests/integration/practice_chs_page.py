"""A page of the practice CHS as a tree, and its form filled in by the labels a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

import httpx

VOID = {"input", "link", "meta", "br", "img"}


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    parts: list[Node | str] = field(default_factory=list)

    def text(self) -> str:
        """Its text, as a browser's textContent."""
        return "".join(part if isinstance(part, str) else part.text() for part in self.parts)

    def walk(self) -> Iterator[Node]:
        """It and every element in it, in page order."""
        yield self
        for part in self.parts:
            if isinstance(part, Node):
                yield from part.walk()

    def all(self, tag: str = "", /, **attrs: str) -> list[Node]:
        """Elements by tag and attributes; `class_` matches one class, other underscores are hyphens."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
        return [
            node
            for node in self.walk()
            if tag in ("", node.tag)
            and all(
                value in node.attrs.get(name, "").split()
                if name == "class"
                else node.attrs.get(name) == value
                for name, value in wanted.items()
            )
        ]

    def one(self, tag: str = "", /, **attrs: str) -> Node:
        """The first such element."""
        return self.all(tag, **attrs)[0]


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.stack = [Node("document")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].parts.append(node)
        if tag not in VOID:
            self.stack.append(node)

    def handle_endtag(self, tag: str) -> None:
        while self.stack.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.stack[-1].parts.append(data)


def parse(html: str) -> Node:
    """A page as a tree."""
    builder = _Builder()
    builder.feed(html)
    return builder.stack[0]


class Page:
    """What came back: the answer, and the page in it, read when it is first looked at."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer

    @cached_property
    def root(self) -> Node:
        """The page as a tree."""
        return parse(self.answer.text)

    @property
    def heading(self) -> str:
        """Its first heading."""
        return self.root.one("h1").text()

    @property
    def errors(self) -> list[str]:
        """The lines of the error summary."""
        return [line.text() for box in self.root.all(class_="error-summary") for line in box.all("li")]

    @property
    def inline_errors(self) -> list[str]:
        """The errors beside the controls."""
        return [node.text() for node in self.root.all("span", class_="field-error")]

    def link(self, text: str) -> str:
        """Where the first link with this text leads."""
        return next(node.attrs["href"] for node in self.root.all("a") if node.text() == text)

    def form(self) -> dict[str, list[str]]:
        """What the journey's form would post as it stands."""
        data: dict[str, list[str]] = {}
        form = self.root.one("form", class_="journey")
        inert = {id(node) for template in form.all("template") for node in template.walk()}
        for node in form.walk():
            name = node.attrs.get("name")
            if name and id(node) not in inert and (value := _value(node)) is not None:
                data.setdefault(name, []).append(value)
        return data

    def control(self, key: str) -> Node:
        """The element a key such as `Surname` or `Current address / Street` names."""
        legend, _, label = key.rpartition(" / ")
        scope = self._fieldset(legend) if legend else self.root.one("form", class_="journey")
        for node in scope.all("label"):
            if node.text().strip() == label:
                return self.root.one(id=node.attrs["for"])
        for cell, value in _layout_rows(scope):
            if cell.text() == label:
                return next(node for node in value.walk() if "name" in node.attrs)
        caption = next(node for node in scope.all("div", class_="field") if _caption(node) == label)
        return next(node for node in caption.walk() if node.tag == "input")

    def _fieldset(self, legend: str) -> Node:
        return next(node for node in self.root.all("fieldset") if node.one("legend").text().strip() == legend)

    def fill(self, data: dict[str, list[str]], key: str, value: str | bool | Sequence[str]) -> None:
        """Put one value into what will be posted."""
        groups = [node.one("legend").text() for node in self.root.all("fieldset", class_="group")]
        if key in groups:
            _fill_group(self._fieldset(key), data, value)
            return
        node = self.control(key)
        name = node.attrs.get("name") or node.attrs["id"].removesuffix("_entry")
        if value is True:
            data[name] = ["on"]
        elif isinstance(value, str):
            data[name] = [_code(node, value)]
        else:
            data[name] = list(value or ())

    def add_rows(self, data: dict[str, list[str]], rows: Sequence[Mapping[str, str]]) -> None:
        """Put rows, by column heading, into what will be posted by the screen's grid."""
        grid = self.root.one("div", class_="grid")
        headings = [cell.text() for cell in grid.all("th")]
        if grid.attrs["data-grid"] == "inline":
            cells = grid.one("template").all("td")
            columns = {h: c.all(name=_name(c))[0] for h, c in zip(headings, cells, strict=True) if h}
        else:
            dialog = self.root.one("template", id=f"tpl_{grid.attrs['id']}")
            labels = {node.text(): node.attrs["for"] for node in dialog.all("label")}
            columns = {label: dialog.one(id=control) for label, control in labels.items()}
        for heading, column in columns.items():
            name = column.attrs.get("name") or column.attrs["data-column"]
            cells_of = [_code(column, row.get(heading, "")) for row in rows]
            data[name] = data.get(name, []) + cells_of


def _name(cell: Node) -> str:
    return next((node.attrs["name"] for node in cell.walk() if "name" in node.attrs), "")


def _value(node: Node) -> str | None:
    """What an element posts by itself; None for nothing."""
    if node.tag == "select":
        chosen = [option for option in node.all("option") if "selected" in option.attrs]
        return (chosen or node.all("option"))[0].attrs["value"]
    if node.tag == "textarea":
        return node.text().removeprefix("\n")
    if node.tag != "input" or (node.attrs["type"] in ("radio", "checkbox") and "checked" not in node.attrs):
        return None
    return node.attrs.get("value", "")


def _layout_rows(scope: Node) -> list[tuple[Node, Node]]:
    rows = [row.all("td") for table in scope.all("table", class_="layout") for row in table.all("tr")]
    return [(row[0], row[1]) for row in rows]


def _caption(node: Node) -> str:
    return next((span.text() for span in node.all("span", class_="caption")), "")


def _code(node: Node, text: str) -> str:
    """What is posted for a text: the option's code, if there are options and it is one of them."""
    options = {option.text(): option.attrs["value"] for option in node.all("option")}
    return options.get(text, text)


def _fill_group(group: Node, data: dict[str, list[str]], value: str | bool | Sequence[str]) -> None:
    inputs = group.all("input")
    if inputs[0].attrs["type"] == "text":
        for box, part in zip(inputs, str(value).split("/"), strict=True):
            data[box.attrs["name"]] = [part]
        return
    texts = [value] if isinstance(value, str) else list(value or ()) if not isinstance(value, bool) else []
    codes = {group.one("label", for_=box.attrs["id"]).text(): box.attrs["value"] for box in inputs}
    data[inputs[0].attrs["name"]] = [codes[text] for text in texts]
