"""From texts to translations: the one way that training and all that is trained goes."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seqtag.config import SearchConfig
from seqtag.decoding import Found
from seqtag.errors import DataError
from seqtag.text.long_texts import cut_text, is_unspaced
from seqtag.text.translation import Hypothesis, Translation
from seqtag.text.unit_base import Encoded
from seqtag.training.decoding import SourceNetwork, translate_numbers, write
from seqtag.training.spec import TranslatorSpec

MOST_WEIGHTS = 1 << 20
"""Weights of the attention of a text in pieces, which is left out where it has more."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text to be translated.

    Attributes:
        text: The text.
        pieces: What is translated by itself: mostly the whole text; nothing of one without units.
        spaced: For each piece but the first whether white space stands in front of it.
    """

    text: str
    pieces: Sequence[Encoded]
    spaced: Sequence[bool] = ()

    @property
    def units(self) -> int:
        """How many units it has."""
        return sum(len(piece.numbers) for piece in self.pieces)


class TextDecoder:
    """Translates texts.

    Args:
        spec: What the network reads and writes.
        network: The network.
    """

    def __init__(self, spec: TranslatorSpec, network: SourceNetwork) -> None:
        self.spec = spec
        self._network = network

    def read(self, text: str, *, long: str = "split", line: int | None = None) -> SourceText:
        """Return a text in units, in pieces where it is longer than the texts of training.

        Args:
            text: The text.
            long: ``split``, or ``refuse`` for texts that are too long.
            line: Its number, for messages.

        Raises:
            DataError: It has more units than ``encoder.max_length``, and such texts are refused.
            TypeError: It is no string.
        """
        if not isinstance(text, str):
            raise TypeError(f"a text is {text!r}: give a string")
        units, most = self.spec.source_units, self.spec.encoder.max_length
        longest, limit = self.spec.cut_lengths
        encoded = units.encode(text)
        count = len(encoded.numbers)
        if count > most and long == "refuse":
            raise DataError(
                f"the text has {count:,} units, and encoder.max_length is {most:,}: shorten it, or "
                "have it translated in pieces (search.long=split, --long split)",
                line=line,
            )
        if count <= longest:
            return SourceText(text, [encoded] if encoded.numbers else [])
        pieces, spaced, place = [], [], 0
        for piece in cut_text(units, text, limit):
            start = text.index(piece, place)
            encoded = units.encode(piece)
            if encoded.numbers:
                pieces.append(encoded)
                spaced.append(start > place or not text[:start])
            place = start + len(piece)
        return SourceText(text, pieces, spaced[1:])

    def translate(
        self, sources: Sequence[SourceText], settings: SearchConfig, nbest: int = 1
    ) -> list[Translation]:
        """Translate texts.

        Args:
            sources: What `read` returned of each.
            settings: How to search.
            nbest: How many translations of each are wanted.
        """
        pieces = [piece for source in sources for piece in source.pieces]
        numbers = [piece.numbers for piece in pieces]
        size = len(self.spec.target_units)
        found = iter(
            translate_numbers(self._network, numbers, settings, vocabulary=size, nbest=nbest)
        )
        return [
            self._translation(source, [next(found) for _ in source.pieces], settings, nbest)
            for source in sources
        ]

    def _translation(
        self, source: SourceText, found: list[list[Found]], settings: SearchConfig, nbest: int
    ) -> Translation:
        """Put the translations of a text's pieces together."""
        scores = [[one.score for one in each] for each in found]
        hypotheses = [
            self._hypothesis(
                source, [each[rank] for each, rank in zip(found, ranks, strict=True)], settings
            )
            for ranks in best_combinations(scores, nbest)
        ]
        best = hypotheses[0]
        return Translation(
            source=source.text,
            text=best.text,
            tokens=best.tokens,
            source_tokens=[piece for encoded in source.pieces for piece in encoded.pieces],
            score=best.score,
            log_probability=best.log_probability,
            attention=best.attention,
            nbest=hypotheses,
        )

    def _hypothesis(
        self, source: SourceText, found: list[Found], settings: SearchConfig
    ) -> Hypothesis:
        units = self.spec.target_units
        texts = [
            write(units, one, piece, copy=settings.copy_unknown)
            for one, piece in zip(found, source.pieces, strict=True)
        ]
        return Hypothesis(
            text=_joined(texts, source),
            tokens=[token for one in found for token in units.pieces(one.numbers)],
            score=sum((one.score for one in found), 0.0),
            log_probability=sum((one.log_probability for one in found), 0.0),
            attention=_together([one.attention for one in found]),
        )


def best_combinations(scores: Sequence[Sequence[float]], count: int) -> list[tuple[int, ...]]:
    """Choose one of several things for each of some places, so that the sum of scores is highest.

    Args:
        scores: For each place the scores of what can be chosen, at least one.
        count: How many combinations are wanted.

    Returns:
        The best combinations, best first, as the number of what is chosen at each place. Without
        places there is one, of nothing.
    """
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for each in scores:
        # What is among the best of all places is so of the first ones.
        best = heapq.nlargest(
            count,
            (
                (total + score, (*ranks, rank))
                for total, ranks in best
                for rank, score in enumerate(each)
            ),
            key=lambda choice: choice[0],
        )
    return [ranks for _, ranks in best]


def _joined(texts: Sequence[str], source: SourceText) -> str:
    """Return the translations of pieces as one text, with spaces where the language has them."""
    whole = ""
    for number, text in enumerate(texts):
        if whole and text:
            # Within a word that was too long there is none; nor is there in some languages.
            ends_part = not source.pieces[number - 1].texts[-1][-1:].isalnum()
            is_spaced = source.spaced[number - 1] or ends_part
            if is_spaced and not (is_unspaced(whole[-1]) and is_unspaced(text[0])):
                whole += " "
        whole += text
    return whole


def _together(parts: Sequence[npt.NDArray[np.floating]]) -> npt.NDArray[np.floating]:
    """Return the attention of a text in pieces, of which each looks at itself alone.

    The ends of all pieces but the last are left out, and what looked at them is shared by the
    rest of its piece. Where it would have more than `MOST_WEIGHTS`, it is empty.
    """
    if len(parts) == 1:
        return parts[0]
    rows, columns = (sum(part.shape[axis] - 1 for part in parts) + 1 for axis in (0, 1))
    if rows * columns > MOST_WEIGHTS:
        return np.zeros((0, 0), dtype=np.float32)
    whole = np.zeros((rows, columns), dtype=np.float32)
    row = column = 0
    for number, part in enumerate(parts, 1):
        if number < len(parts):
            part = part[:-1, :-1]
            part = part / np.maximum(part.sum(axis=1, keepdims=True), 1e-12)
        height, width = part.shape
        whole[row : row + height, column : column + width] = part
        row, column = row + height, column + width
    if not parts:
        whole[0, 0] = 1.0
    return whole
