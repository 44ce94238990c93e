"""A label that a classifier gave to a text."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seqtag.text.markup import Piece, as_html, pieces_of, visible
from seqtag.text.sentence import Sentence

MOST_LABELS_SHOWN = 5


@dataclass(frozen=True, eq=False, slots=True)
class Label:
    """A text's label, with the probability of each and what the classifier looked at.

    Attributes:
        label: The most probable label.
        score: Its probability.
        scores: The probability of each label, in the classifier's order; they sum to 1.
        sentence: The tokenized text.
        attention_by_head: (heads, tokens) how much each token counts in each head of the pooling;
            they sum to 1 in each head.
        evidence_by_label: (tokens, labels) how much the n-grams that each token is part of speak
            for each label (`seqtag.decoding.linear`); None where there is no linear path.
    """

    label: str
    score: float
    scores: dict[str, float]
    sentence: Sentence
    attention_by_head: npt.NDArray[np.floating]
    evidence_by_label: npt.NDArray[np.floating] | None = None

    @property
    def tokens(self) -> list[str]:
        """The text's tokens."""
        return self.sentence.tokens

    @property
    def text(self) -> str:
        """The text; for one that was given as tokens these, joined by spaces."""
        return self.sentence.text

    @property
    def offsets(self) -> list[tuple[int, int]]:
        """For each token where it begins and ends in the text."""
        return self.sentence.offsets

    @property
    def attention(self) -> npt.NDArray[np.floating]:
        """(tokens,) how much each token counts, as a mean over the heads; they sum to 1."""
        weights: npt.NDArray[np.floating] = self.attention_by_head.mean(axis=0)
        return weights

    @property
    def evidence(self) -> npt.NDArray[np.floating] | None:
        """(tokens,) how much each token speaks for the label, below 0 against it; or None."""
        if self.evidence_by_label is None:
            return None
        column: npt.NDArray[np.floating] = self.evidence_by_label[
            :, [*self.scores].index(self.label)
        ]
        return column

    @property
    def weights(self) -> npt.NDArray[np.floating]:
        """(tokens,) what a heat map of the text shows; not negative, with a sum of 1.

        It is each token's share of all that speaks for the label, by its evidence; without a linear
        path, or where nothing speaks for the label, the attention.
        """
        evidence = self.evidence
        if evidence is None or not (evidence > 0.0).any():
            return self.attention
        speaking = np.maximum(evidence.astype(np.float64), 0.0)
        shares: npt.NDArray[np.floating] = speaking / speaking.sum()
        return shares

    @property
    def pieces(self) -> list[Piece]:
        """The text as a heat map of `weights`, to be drawn by `seqtag.text.markup`."""
        return pieces_of(self.text, self.offsets, self.weights)

    def __eq__(self, other: object) -> bool:
        """Compare all attributes, arrays by their content."""
        if not isinstance(other, Label):
            return NotImplemented
        return (
            self.scores == other.scores
            and self.sentence == other.sentence
            and np.array_equal(self.attention_by_head, other.attention_by_head)
            and _are_equal(self.evidence_by_label, other.evidence_by_label)
        )

    __hash__ = None  # type: ignore[assignment]  # it holds lists and arrays

    def __repr__(self) -> str:
        """Return label, probability and the beginning of the text."""
        text = self.text if len(self.text) <= 60 else f"{self.text[:57]}..."
        return f"Label(label={self.label!r}, score={self.score:.4f}, text={text!r})"

    def _repr_html_(self) -> str:
        """Return what notebooks show: the most probable labels, and the text as a heat map."""
        best = sorted(self.scores.items(), key=lambda item: -item[1])[:MOST_LABELS_SHOWN]
        shown = " · ".join(
            f"{_name(name, is_best=name == self.label)} {score:.1%}" for name, score in best
        )
        return f'<div style="line-height:1.7"><div>{shown}</div>{as_html(self.pieces)}</div>'


def _are_equal(
    first: npt.NDArray[np.floating] | None, second: npt.NDArray[np.floating] | None
) -> bool:
    if first is None or second is None:
        return first is second
    return np.array_equal(first, second)


def _name(label: str, *, is_best: bool) -> str:
    name = html.escape(visible(label))
    return f"<b>{name}</b>" if is_best else name
