"""A strict reading of HTML pages, for tests of what makes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br"}


@dataclass
class Element:
    """An element with all the text in it."""

    name: str
    attributes: dict[str, str]
    path: tuple[str, ...]
    text: str = ""


@dataclass
class Document:
    """All elements of a page, in order, and its text."""

    elements: list[Element] = field(default_factory=list)

    def named(self, name: str, class_: str | None = None) -> list[Element]:
        """Return the elements of a name, and of a class if one is given."""
        return [
            element
            for element in self.elements
            if element.name == name
            and (class_ is None or class_ in element.attributes.get("class", "").split())
        ]

    def texts(self, name: str, class_: str | None = None) -> list[str]:
        """Return the text of each of these, spaces of all kinds as one."""
        return [" ".join(element.text.split()) for element in self.named(name, class_)]

    @property
    def classes(self) -> set[str]:
        """All classes."""
        return {c for e in self.elements for c in e.attributes.get("class", "").split()}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.document = Document()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"<{tag}> has an attribute twice"
        assert all(value is not None for _, value in attrs)
        path = tuple(element.name for element in self.open)
        element = Element(tag, {name: value or "" for name, value in attrs}, path)
        self.document.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data}")


def read(page: str) -> Document:
    """Read a piece of HTML; fails where elements are not closed in their order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open, f"<{reader.open[-1].name}> is not closed"
    return reader.document


def read_page(page: str) -> Document:
    """Read a whole page; fails where it loads or runs anything, or lacks what readers need."""
    assert page.startswith("<!doctype html>\n")
    page.encode("utf-8")
    document = read(page)
    assert not {"script", "iframe", "object", "embed", "link", "img", "base", "form"} & {
        element.name for element in document.elements
    }
    ids = [e.attributes["id"] for e in document.elements if "id" in e.attributes]
    assert len(set(ids)) == len(ids)
    for element in document.elements:
        assert not [name for name in element.attributes if name.startswith("on")]
        assert "src" not in element.attributes
        for name in ("href", "aria-labelledby"):
            if name in element.attributes:
                assert element.attributes[name].removeprefix("#") in ids
    assert all(e.attributes["href"].startswith("#") for e in document.named("a"))
    styles = [e.text for e in document.named("style")]
    styles += [e.attributes.get("style", "") for e in document.elements]
    assert not re.search(r"url\(|@import|expression|</", "".join(styles))
    assert styles[0].count("{") == styles[0].count("}")
    assert document.named("html")[0].attributes["lang"] == "en"
    assert document.texts("title")[0]
    assert len(document.named("h1")) == len(document.named("main")) == 1
    levels = [int(e.name[1]) for e in document.elements if re.fullmatch("h[1-6]", e.name)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    for drawing in document.named("svg"):
        assert drawing.attributes.get("aria-hidden") == "true" or drawing.attributes["aria-label"]
    for table in document.named("table"):
        assert "div" in table.path  # it scrolls in a box of its own
    return document
