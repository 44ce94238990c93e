"""Translations of texts, with scores and attention."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from seqtag.api.long_texts import cut_text
from seqtag.api.model_files import save_files
from seqtag.config import SearchConfig, from_mapping, to_mapping
from seqtag.decoding import Found
from seqtag.errors import ConfigError, DataError
from seqtag.text.translation import Hypothesis, Translation
from seqtag.text.unit_base import Encoded
from seqtag.training.decoding import translate_numbers, write
from seqtag.training.spec import TranslatorSpec

if TYPE_CHECKING:
    from seqtag.engines.torch import TorchStepEngine

CHUNK_UNITS = 65_536
"""Units that a stream reads ahead, to batch texts of similar length."""

FIRST_CHUNK_UNITS = 512
"""Units read before a stream's first translation; the read-ahead then doubles."""

MOST_WEIGHTS = 1 << 20
"""Weights that the attention of a text in pieces has at most; that of a book would fill memory."""


class Translator:
    """A trained translator, or an ensemble of several; threads may share one.

    Args:
        spec: What it reads and writes.
        engine: Runs its network.

    Attributes:
        spec: What it reads and writes.
    """

    def __init__(self, spec: TranslatorSpec, engine: TorchStepEngine) -> None:
        self.spec = spec
        self._engine = engine

    def with_spec(self, spec: TranslatorSpec) -> Translator:
        """Return the same translator with another description of itself."""
        return Translator(spec, self._engine)

    def with_others(self, others: Sequence[Translator]) -> Translator:
        """Return an ensemble: the probability of a unit is the mean of those of all.

        Args:
            others: Translators of the same units, such as runs with other seeds.

        Raises:
            ConfigError: One has other units.
        """
        models = list(self._engine.models)
        for other in others:
            for side in ("source_units", "target_units"):
                if getattr(other.spec, side) != getattr(self.spec, side):
                    raise ConfigError(
                        f"the translators of an ensemble differ in their {side.replace('_', ' ')}: "
                        "take runs that differ in their seed, or were begun from each other"
                    )
            models += other._engine.models
        return Translator(self.spec, type(self._engine)(models, self._engine.device))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a model folder, all that `seqtag.load` needs.

        An older model in the folder is replaced. Of an ensemble it is the first translator.

        Raises:
            ConfigError: The folder holds something else.
            DataError: A file cannot be written.
        """
        save_files(Path(path), self.spec, self._engine.weights())

    def translate(
        self,
        text: str,
        *,
        beam: int | None = None,
        nbest: int = 1,
        **search: Any,  # noqa: ANN401 - values of keys of many types
    ) -> Translation:
        """Translate one text.

        Args:
            text: The text. White space is a single space to a translator; a text without anything
                else has an empty translation.
            beam: How many hypotheses are followed; None for what the model records.
            nbest: How many translations `Translation.nbest` tells, at most ``beam``, which by
                default is at least this.
            **search: Other keys of the section ``search`` of the configuration, such as
                ``length_penalty=0.5`` or ``no_repeat_ngram=3``.

        Raises:
            ConfigError: A key is unknown or a value out of its range.
            DataError: The text is too long, and ``long`` is ``"refuse"``.
            TypeError: It is no string.
        """
        return next(self.translate_many([text], beam=beam, nbest=nbest, **search))

    def translate_many(
        self,
        texts: Iterable[str],
        *,
        beam: int | None = None,
        nbest: int = 1,
        **search: Any,  # noqa: ANN401 - as for `translate`
    ) -> Iterator[Translation]:
        """Translate a stream of texts, in order.

        The stream is read a bounded number of units ahead, so that texts of similar length can
        share a batch; the results do not depend on it.

        Args:
            texts: The texts.
            beam: As for `translate`.
            nbest: As for `translate`.
            **search: As for `translate`.

        Raises:
            ConfigError, TypeError: As for `translate`.
            DataError: A text is too long, and ``long`` is ``"refuse"``; its ``line`` is the text's
                number in the stream, from 1. All texts before it have been translated.
        """
        settings = self.search_settings(beam=beam, nbest=nbest, **search)
        return self._translate_stream(texts, settings, nbest)

    def translate_batch(
        self, texts: Sequence[str], settings: SearchConfig, nbest: int = 1, *, first_line: int = 1
    ) -> list[Translation]:
        """Translate some texts at once; as `translate_many`, but all in memory.

        Args:
            texts: The texts.
            settings: What `search_settings` returned.
            nbest: How many translations of each are wanted.
            first_line: The first text's number, for messages.

        Raises:
            DataError: As for `translate_many`.
        """
        sources = [self._read(text, settings, line) for line, text in enumerate(texts, first_line)]
        return self._translate(sources, settings, nbest)

    def search_settings(
        self,
        *,
        beam: int | None = None,
        nbest: int = 1,
        **search: Any,  # noqa: ANN401 - as for `translate`
    ) -> SearchConfig:
        """Return how to search: as the model records, but for what is given.

        Raises:
            ConfigError: A key is unknown or a value out of its range.
        """
        values = to_mapping(self.spec.search)
        values["beam"] = max(values["beam"], nbest) if beam is None else beam
        values |= {name: value for name, value in search.items() if value is not None}
        settings = from_mapping(SearchConfig, values, "search.")
        if not 1 <= nbest <= settings.beam:
            raise ConfigError(
                f"nbest is {nbest} and the beam follows {settings.beam}: nbest can be 1 to "
                f"{settings.beam}"
            )
        return settings

    def log_likelihood(self, sources: Sequence[str], targets: Sequence[str]) -> tuple[float, int]:
        """Return the log-probability of given translations (forced decoding).

        Args:
            sources: Texts.
            targets: A translation of each.

        Returns:
            The sum over all units of all translations, and how many units these are, each end
            counted as one. Of an ensemble it is that of its first translator.
        """
        from seqtag.training.translation import forced_log_likelihood

        spec = self.spec
        return forced_log_likelihood(
            self._engine.models[0],
            spec.source_units.encode_many(sources),
            spec.target_units.encode_many(targets),
            self._engine.device,
        )

    def _translate_stream(
        self, texts: Iterable[str], settings: SearchConfig, nbest: int
    ) -> Iterator[Translation]:
        limit, units = FIRST_CHUNK_UNITS, 0
        chunk: list[_Source] = []
        for line, text in enumerate(texts, 1):
            try:
                source = self._read(text, settings, line)
            except (DataError, TypeError):
                yield from self._translate(chunk, settings, nbest)
                raise
            chunk.append(source)
            units += source.units + 1
            if units >= limit:
                yield from self._translate(chunk, settings, nbest)
                chunk, units = [], 0
                limit = min(2 * limit, CHUNK_UNITS)
        if chunk:
            yield from self._translate(chunk, settings, nbest)

    def _read(self, text: str, settings: SearchConfig, line: int) -> _Source:
        """Return a text in units, in pieces where it is too long."""
        if not isinstance(text, str):
            raise TypeError(f"a text is {text!r}: give a string")
        units, limit = self.spec.source_units, self.spec.encoder.max_length
        encoded = units.encode(text)
        if len(encoded.numbers) <= limit:
            return _Source(text, [encoded] if encoded.numbers else [])
        if settings.long == "refuse":
            raise DataError(
                f"the text has {len(encoded.numbers):,} units, and encoder.max_length is "
                f"{limit:,}: shorten it, or give search.long=split to translate it in pieces",
                line=line,
            )
        pieces = [units.encode(piece) for piece in cut_text(units, text, limit)]
        return _Source(text, [piece for piece in pieces if piece.numbers])

    def _translate(
        self, sources: Sequence[_Source], settings: SearchConfig, nbest: int
    ) -> list[Translation]:
        pieces = [piece for source in sources for piece in source.pieces]
        found = iter(
            translate_numbers(
                self._engine, [piece.numbers for piece in pieces], settings, nbest=nbest
            )
        )
        return [
            self._translation(source, [next(found) for _ in source.pieces], settings)
            for source in sources
        ]

    def _translation(
        self, source: _Source, found: list[list[Found]], settings: SearchConfig
    ) -> Translation:
        """Put the translations of a text's pieces together."""
        # With nothing to translate there is one way of saying nothing.
        count = min(map(len, found), default=1)
        nbest = [
            self._hypothesis(source, [each[rank] for each in found], settings)
            for rank in range(count)
        ]
        best = nbest[0]
        return Translation(
            source=source.text,
            text=best.text,
            tokens=best.tokens,
            source_tokens=[piece for encoded in source.pieces for piece in encoded.pieces],
            score=best.score,
            log_probability=best.log_probability,
            attention=best.attention,
            nbest=nbest,
        )

    def _hypothesis(
        self, source: _Source, found: list[Found], settings: SearchConfig
    ) -> Hypothesis:
        units = self.spec.target_units
        texts = [
            write(units, one, piece, copy=settings.copy_unknown)
            for one, piece in zip(found, source.pieces, strict=True)
        ]
        return Hypothesis(
            text=" ".join(text for text in texts if text),
            tokens=[token for one in found for token in units.pieces(one.numbers)],
            score=sum(one.score for one in found),
            log_probability=sum(one.log_probability for one in found),
            attention=_together([one.attention for one in found]),
        )


@dataclass(frozen=True, slots=True)
class _Source:
    """A text to be translated: the pieces that are translated by themselves, mostly one."""

    text: str
    pieces: list[Encoded]

    @property
    def units(self) -> int:
        return sum(len(piece.numbers) for piece in self.pieces)


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
