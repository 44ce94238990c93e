"""Pieces of HTML that are escaped by their making.

`Html` is a type of its own, and `element` takes nothing else for its content: text gets into a
page through `text` alone, which the type checker sees to.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NewType

Html = NewType("Html", str)

LONGEST = 80
"""Characters shown of one token or tag; a file may hold words as long as books."""

_VOID = frozenset({"meta", "br"})

# Joiners that scripts and emoji need, though nothing is printed for them.
_JOINERS = "\u200c\u200d"
_HIDDEN = ("Cc", "Cf", "Cs", "Cn", "Zl", "Zp")


def text(value: str) -> Html:
    """Return text that shows as it is written; what cannot be seen shows as its number.

    Control characters, those that turn the direction of writing, and halves of surrogate pairs
    would change what stands around them, or could not be written at all.
    """
    if value.isprintable():
        return Html(html.escape(value))
    return Html(
        "".join(
            f'<span class="hidden">{code_point(c)}</span>' if is_hidden(c) else html.escape(c)
            for c in value
        )
    )


def plain(value: str) -> str:
    """Return text for places that hold no elements, such as attributes, with the same care."""
    return "".join(f"[{code_point(c)}]" if is_hidden(c) else c for c in value)


def plain_text(value: str) -> Html:
    """Return text for elements that hold no others, such as titles."""
    return Html(html.escape(plain(value)))


def is_hidden(character: str) -> bool:
    """Tell whether a character has no shape of its own."""
    return character not in _JOINERS and unicodedata.category(character) in _HIDDEN


def code_point(character: str) -> str:
    """Return a character's number, such as ``U+202E``."""
    return f"U+{ord(character):04X}"


def clip(value: str, longest: int = LONGEST) -> str:
    """Return a text's beginning where it is too long to be shown."""
    return value if len(value) <= longest else value[: longest - 1] + "…"


def data(value: str, longest: int = LONGEST) -> Html:
    """Return a word or tag from a file, kept apart from the direction of what stands around it."""
    if value == "":
        return element("span", text("empty"), class_="hidden")
    title = plain(clip(value, 4 * longest)) if len(value) > longest else None
    return element("bdi", text(clip(value, longest)), title=title)


def element(name: str, *content: Html, **attributes: str | None) -> Html:
    """Return an element.

    Args:
        name: Its name.
        content: What is in it.
        attributes: Its attributes; underscores stand for hyphens, and one at the end is dropped.
            Those that are None are left out.
    """
    pieces = [
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    ]
    start = f"<{name}{''.join(pieces)}>"
    return Html(start if name in _VOID else f"{start}{''.join(content)}</{name}>")


def join(pieces: Iterable[Html], separator: str = "") -> Html:
    """Return pieces one behind the other."""
    return Html(html.escape(separator).join(pieces))


def table(
    header: Sequence[Html],
    rows: Iterable[Sequence[Html]],
    *,
    caption: str,
    class_: str = "",
) -> Html:
    """Return a table in a box of its own, in which it scrolls where the screen is narrow.

    Args:
        header: The titles of the columns.
        rows: Cells; the first of each row is its title.
        caption: What the table shows, for those who hear it.
        class_: Classes for its style.
    """
    head = element("tr", *(element("th", cell, scope="col") for cell in header))
    body = [
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", cell) for cell in row[1:]),
        )
        for row in rows
    ]
    return scroll_box(
        element(
            "table",
            element("caption", text(caption)),
            element("thead", head),
            element("tbody", *body),
            class_=class_ or None,
        ),
        caption,
    )


def scroll_box(content: Html, name: str) -> Html:
    """Return a box in which wide content scrolls, by keyboard too."""
    return element("div", content, class_="box", role="region", aria_label=name, tabindex="0")


def details(summary: str, *content: Html) -> Html:
    """Return what is shown only when asked for."""
    return element("details", element("summary", text(summary)), *content)


def document(title: str, style: str, body: Html) -> str:
    """Return a page of its own, which loads nothing.

    Args:
        title: The page's title.
        style: Its style sheet.
        body: Its content.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name_="viewport", content_="width=device-width, initial-scale=1"),
        element("meta", name_="color-scheme", content_="light dark"),
        element("title", plain_text(title)),
        element("style", Html(style)),
    )
    return "<!doctype html>\n" + element("html", head, element("body", body), lang="en") + "\n"
