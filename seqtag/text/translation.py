"""A translation, with what its search found and where its network looked."""

from __future__ import annotations

import html
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from seqtag.text.attention_picture import attention_picture
from seqtag.text.markup import visible

Weights = npt.NDArray[np.floating]

MOST_HYPOTHESES_SHOWN = 5


@dataclass(frozen=True, eq=False, slots=True)
class Hypothesis:
    """One of the translations that a search found.

    Attributes:
        text: The translation.
        tokens: Its units, readable.
        score: What the search orders by: the log-probability with penalties; higher is better.
        log_probability: Sum over its units, the end included.
        attention: (tokens + 1, source tokens + 1) as `Translation.attention`.
    """

    text: str
    tokens: list[str]
    score: float
    log_probability: float
    attention: Weights

    def __eq__(self, other: object) -> bool:
        """Compare all attributes, arrays by their content."""
        if not isinstance(other, Hypothesis):
            return NotImplemented
        return (
            self.text == other.text
            and self.tokens == other.tokens
            and self.score == other.score
            and self.log_probability == other.log_probability
            and np.array_equal(self.attention, other.attention)
        )

    __hash__ = None  # type: ignore[assignment]  # it holds lists and arrays


@dataclass(frozen=True, eq=False, slots=True)
class Translation:
    """A text's translation.

    Attributes:
        source: The text.
        text: Its translation.
        tokens: The translation's units, readable.
        source_tokens: The text's units, readable.
        score: What the search orders by: the log-probability with penalties; higher is better.
        log_probability: Sum over the translation's units, the end included.
        attention: (tokens + 1, source tokens + 1) how much each unit read counts for each unit
            written; the last row is for the end that was written, the last column for the end that
            was read. Rows sum to 1. Of a text that was translated in pieces, each unit looks at its
            own piece alone; of one as long as a chapter it is left out, and of shape (0, 0).
        nbest: What the search found, best first; the first is this translation.
    """

    source: str
    text: str
    tokens: list[str]
    source_tokens: list[str]
    score: float
    log_probability: float
    attention: Weights
    nbest: list[Hypothesis] = field(default_factory=list)

    def __eq__(self, other: object) -> bool:
        """Compare all attributes, arrays by their content."""
        if not isinstance(other, Translation):
            return NotImplemented
        return (
            self.source == other.source
            and self.text == other.text
            and self.tokens == other.tokens
            and self.source_tokens == other.source_tokens
            and self.score == other.score
            and self.log_probability == other.log_probability
            and np.array_equal(self.attention, other.attention)
            and self.nbest == other.nbest
        )

    __hash__ = None  # type: ignore[assignment]  # it holds lists and arrays

    def __repr__(self) -> str:
        """Return the translation, its score and the text, long ones by their beginning."""
        text, source = _beginning(self.text), _beginning(self.source)
        return f"Translation(text={text!r}, score={self.score:.4f}, source={source!r})"

    def _repr_html_(self) -> str:
        """Return what notebooks show: both texts, the attention, and other translations."""
        picture = ""
        if self.attention.size:
            picture = attention_picture(self.tokens, self.source_tokens, self.attention)
        return (
            '<div style="line-height:1.7">'
            f'<div dir="auto" style="opacity:.75">{html.escape(visible(self.source))}</div>'
            f'<div dir="auto"><b>{html.escape(visible(self.text))}</b></div>'
            f'<div style="overflow-x:auto;margin-top:.5em">{picture}</div>'
            f"{_others(self.nbest)}</div>"
        )


def _others(nbest: list[Hypothesis]) -> str:
    """Return the hypotheses as a list, if there are several."""
    if len(nbest) < 2:
        return ""
    items = (
        f"<li>{html.escape(visible(one.text))} "
        f'<span style="opacity:.65">{one.score:.2f}</span></li>'
        for one in nbest[:MOST_HYPOTHESES_SHOWN]
    )
    return f'<ol style="margin:.5em 0 0;padding-inline-start:1.5em">{"".join(items)}</ol>'


def _beginning(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
