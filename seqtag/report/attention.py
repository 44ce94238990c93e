"""The attention of translations as files: SVG, a page of HTML, or PNG."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtag.errors import ConfigError
from seqtag.report import numbers
from seqtag.report.html import Html, clip, document, element, join, scroll_box, text
from seqtag.report.parts import paragraph
from seqtag.report.style import STYLE
from seqtag.text.attention_picture import (
    COLOR,
    END,
    LONGEST_LABEL,
    attention_picture,
    opacity,
    shown_unit,
)
from seqtag.text.translation import Translation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PICTURES = 100
"""Translations that are drawn at most, in files of their own or on a page."""

_LONGEST_TEXT = 2000  # characters shown of a text
_OTHERS = 4  # translations shown besides the best

_STYLE = """
.pair { margin: 0; max-width: 68ch; overflow-wrap: anywhere; }
.pair dt { color: var(--soft); font-size: 0.8125rem; margin-top: 0.4rem; }
.pair dd { margin: 0; }
.pair .given { font-weight: 600; }
main > section { margin-top: 2.25rem; padding-top: 1.5rem; border-top: 1px solid var(--rule); }
.others { margin: 0.4rem 0 0; padding-inline-start: 1.5rem; max-width: 68ch; }
section svg { display: block; }
@media print { section { break-inside: avoid; } section svg { max-width: 100%; height: auto; } }
"""

# Fonts that matplotlib may take for what its own lacks, where they are installed.
_FONTS = (
    "DejaVu Sans",
    "Noto Sans",
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Noto Sans JP",
    "Noto Sans KR",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Apple SD Gothic Neo",
    "Microsoft YaHei",
    "Yu Gothic",
    "Malgun Gothic",
    "Noto Sans Arabic",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari",
    "Noto Sans Bengali",
    "Noto Sans Tamil",
    "Noto Sans Thai",
    "Noto Sans Georgian",
    "Noto Sans Armenian",
    "Noto Sans Ethiopic",
    "Arial Unicode MS",
    "Nirmala UI",
    "Segoe UI",
)
_INCHES = 0.27  # side of a cell
_DOTS = 200  # an inch
_MOST_DOTS = 1 << 14  # on a side, as far as one picture can be held in memory
_INK, _SOFT, _RULE = "#1c2127", "#57606a", "#dfe3e8"  # as pages have them


def attention_svg(translation: Translation) -> str:
    """Return the attention of a translation as an SVG file."""
    return (
        attention_picture(
            translation.tokens, translation.source_tokens, translation.attention, standalone=True
        )
        + "\n"
    )


def attention_html(translations: Sequence[Translation]) -> str:
    """Return a page with some translations, each with its attention, as HTML.

    It loads nothing and runs nothing. Of many translations it shows the first `MOST_PICTURES`, and
    says so.
    """
    shown = translations[:MOST_PICTURES]
    count = numbers.things(len(translations), "translation")
    if len(shown) < len(translations):
        count = f"The first {len(shown):,} of {count}"
    intro = (
        "Rows are units written, columns are units read. The stronger a cell's colour, the more "
        "the translator looked at the column's unit as it wrote the row's; point at a cell to read "
        "the number."
    )
    body = [
        element(
            "header",
            element("h1", text("Attention")),
            paragraph(count, "soft"),
            paragraph(intro, "lead"),
        ),
        element("main", *(_section(number, one) for number, one in enumerate(shown, start=1))),
    ]
    return document("Attention", STYLE + _STYLE, join(body))


def attention_png(translation: Translation) -> bytes:
    """Return the attention of a translation as a PNG file, drawn by matplotlib on white.

    Scripts of which no font is installed show as boxes; SVG and HTML leave fonts to who shows them.

    Raises:
        ConfigError: The matplotlib library is not installed.
    """
    try:
        from matplotlib import font_manager, rc_context
        from matplotlib.colors import ListedColormap, to_rgb
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ConfigError(
            "PNG pictures are drawn by the matplotlib library, which is not installed: "
            "pip install 'seqtag[plot]', or name a .svg or .html file"
        ) from error
    weights = np.asarray(translation.attention, dtype=np.float64)
    rows, columns = weights.shape
    full = np.array(to_rgb(COLOR))
    shades = [1.0 - opacity(share) * (1.0 - full) for share in np.linspace(0.0, 1.0, 256)]
    installed = {font.name for font in font_manager.fontManager.ttflist}
    settings: dict[Any, Any] = {
        "font.family": [name for name in _FONTS if name in installed] or ["sans-serif"],
        "font.size": 9.0,
        "text.parse_math": False,
        "text.usetex": False,
    }
    size = (columns * _INCHES, rows * _INCHES)
    dots = min(_DOTS, _MOST_DOTS / (max(size) + _INCHES))
    figure = Figure(figsize=size, dpi=dots, facecolor="white")
    with rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph |Matplotlib currently does not", UserWarning)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.imshow(weights, cmap=ListedColormap(shades), vmin=0.0, vmax=1.0, aspect="auto")
        _label_axes(axes, _labels(translation.source_tokens), _labels(translation.tokens))
        content = io.BytesIO()
        figure.savefig(
            content, format="png", bbox_inches="tight", pad_inches=0.1, metadata={"Software": None}
        )
    return content.getvalue()


def _label_axes(axes: Axes, columns: Sequence[str], rows: Sequence[str]) -> None:
    """Write what columns and rows are, and draw lines between cells."""
    axes.xaxis.tick_top()
    axes.set_xticks(
        range(len(columns)),
        labels=columns,
        rotation=50,
        ha="left",
        va="center",
        rotation_mode="anchor",
    )
    axes.set_yticks(range(len(rows)), labels=rows)
    axes.tick_params(length=0, pad=5, labelcolor=_INK)
    for axis, labels in ((axes.xaxis, columns), (axes.yaxis, rows)):
        axis.get_ticklabels()[-1].set(style="italic", color=_SOFT)
        axis.set_ticks(np.arange(len(labels) + 1) - 0.5, minor=True)
    axes.tick_params(which="minor", length=0)
    axes.grid(which="minor", color=_RULE, linewidth=0.75)
    for spine in axes.spines.values():
        spine.set_color(_RULE)


def _labels(units: Sequence[str]) -> list[str]:
    """Return what stands at rows or columns of a PNG."""
    return [*(clip(shown_unit(unit), LONGEST_LABEL) for unit in units), END]


def _section(number: int, translation: Translation) -> Html:
    """Return a translation with its picture."""
    picture = attention_picture(
        translation.tokens, translation.source_tokens, translation.attention
    )
    pair = element(
        "dl",
        element("dt", text("source")),
        _text(translation.source),
        element("dt", text(f"translation, score {_score(translation.score)}")),
        _text(translation.text, "given"),
        class_="pair",
    )
    name = f"Attention of translation {number}"
    return element(
        "section",
        element("h2", text(f"{number:,}")),
        pair,
        scroll_box(Html(picture), name),
        *_others(translation),
    )


def _others(translation: Translation) -> list[Html]:
    """Return what else the search found, if anything."""
    others = translation.nbest[1 : 1 + _OTHERS]
    items = [
        element(
            "li",
            element("bdi", text(clip(one.text, _LONGEST_TEXT))),
            element("span", text(f" {_score(one.score)}"), class_="soft"),
        )
        for one in others
    ]
    if not items:
        return []
    return [
        paragraph("Next best", "soft small"),
        element("ol", *items, start="2", class_="others small"),
    ]


def _score(value: float) -> str:
    return f"{value:.2f}".replace("-", numbers.MINUS)


def _text(value: str, class_: str | None = None) -> Html:
    return element("dd", text(clip(value, _LONGEST_TEXT)), dir="auto", class_=class_)
