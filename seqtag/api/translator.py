"""Translations of texts, with scores and attention."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtag.api.model_files import save_files
from seqtag.config import SearchConfig, from_mapping, to_mapping
from seqtag.errors import ConfigError, DataError
from seqtag.text.translation import Translation
from seqtag.training.spec import TranslatorSpec
from seqtag.training.text_decoder import SourceText, TextDecoder

if TYPE_CHECKING:
    from seqtag.engines.torch import TorchStepEngine

CHUNK_UNITS = 65_536
"""Units that a stream reads ahead, to batch texts of similar length."""

FIRST_CHUNK_UNITS = 512
"""Units read before a stream's first translation; from then on four times as many each time."""


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
        self._decoder = TextDecoder(spec, engine)

    def with_spec(self, spec: TranslatorSpec) -> Translator:
        """Return the same translator with another description of itself."""
        return Translator(spec, self._engine)

    def with_others(self, others: Sequence[Translator]) -> Translator:
        """Return an ensemble: the probability of a unit is the mean of those of all.

        Args:
            others: Translators of the same units, such as runs with other seeds.

        Raises:
            ConfigError: One has other units, or is on another device.
        """
        models, device = list(self._engine.models), self._engine.device
        for other in others:
            if other._engine.device != device:
                raise ConfigError(
                    f"the translators of an ensemble are on the devices {device} and "
                    f"{other._engine.device}: load them on one"
                )
            for side in ("source_units", "target_units"):
                if getattr(other.spec, side) != getattr(self.spec, side):
                    raise ConfigError(
                        f"the translators of an ensemble differ in their {side.replace('_', ' ')}: "
                        "take runs that differ in their seed, or were begun from each other"
                    )
            models += other._engine.models
        return Translator(self.spec, type(self._engine)(models, device))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a model folder, all that `seqtag.load` needs.

        An older model in the folder is replaced.

        Raises:
            ConfigError: The folder holds something else, or this is an ensemble.
            DataError: A file cannot be written.
        """
        self._refuse_ensemble("is saved")
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
                default is at least this. With more than one, no hypothesis is dropped
                (``pruning``), so that the best may be another one than without.
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
        sources = [
            self._decoder.read(text, long=settings.long, line=line)
            for line, text in enumerate(texts, first_line)
        ]
        return self._decoder.translate(sources, settings, nbest)

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
            counted as one.

        Raises:
            ConfigError: This is an ensemble.
        """
        from seqtag.training.translation import forced_log_likelihood

        self._refuse_ensemble("tells the probability of given translations")

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
        chunk: list[SourceText] = []
        for line, text in enumerate(texts, 1):
            try:
                source = self._decoder.read(text, long=settings.long, line=line)
            except (DataError, TypeError):
                yield from self._decoder.translate(chunk, settings, nbest)
                raise
            chunk.append(source)
            units += source.units + 1
            if units >= limit:
                yield from self._decoder.translate(chunk, settings, nbest)
                chunk, units = [], 0
                limit = min(4 * limit, CHUNK_UNITS)
        if chunk:
            yield from self._decoder.translate(chunk, settings, nbest)

    def _refuse_ensemble(self, what: str) -> None:
        if len(self._engine.models) > 1:
            raise ConfigError(f"an ensemble only translates; a translator of its own {what}")
