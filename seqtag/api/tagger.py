"""Tags for sentences, with probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from seqtag.api.decoder import BatchResults, ColumnDecoder
from seqtag.api.model import Model, as_sentence
from seqtag.api.streams import chunks
from seqtag.batching import compute_emissions
from seqtag.engines import Engine
from seqtag.errors import ConfigError
from seqtag.text.sentence import Sentence
from seqtag.text.tokenization import Tokenizer
from seqtag.training.spec import TaggerSpec

MAX_NBEST = 1000
"""Longer lists of the best sequences are of no use, and take time that grows with their square."""


class Tagger(Model[TaggerSpec]):
    """A trained tagger; threads may share one.

    Args:
        spec: What it reads and predicts.
        engine: Runs its network.

    Attributes:
        spec: What it reads and predicts.
        tokenizer: Splits raw text as the model records it.
    """

    def __init__(self, spec: TaggerSpec, engine: Engine) -> None:
        super().__init__(spec, engine)
        self.tokenizer = Tokenizer(spec.language)
        self._decoders = [
            ColumnDecoder(column, transitions)
            for column, transitions in zip(spec.columns, engine.transitions, strict=True)
        ]

    def with_spec(self, spec: TaggerSpec) -> Tagger:
        """Return the same tagger with another description of itself."""
        return Tagger(spec, self._engine)

    @property
    def tags_by(self) -> dict[str, list[str]]:
        """For each tag column the tags in the order of ``Sentence.marginals_by``."""
        return {d.column.name: d.marginal_tags for d in self._decoders}

    def tag(self, sentence: str | Sequence[str] | Sentence, *, nbest: int = 0) -> Sentence:
        """Tag one sentence.

        Args:
            sentence: Its tokens, or raw text, which is tokenized and taken as one sentence. For a
                tagger that reads features a `Sentence` that has them under ``features_by``.
            nbest: How many of the best tag sequences to return.

        Returns:
            A new sentence of the same tokens.

        Raises:
            ConfigError: The sentence lacks features, or ``nbest`` is out of range.
        """
        return next(self.tag_many([sentence], nbest=nbest))

    def tag_text(self, text: str, *, nbest: int = 0) -> Iterator[Sentence]:
        """Split raw text into sentences and tag them; offsets are those in the whole text."""
        return self.tag_many(self.tokenizer.split(text), nbest=nbest)

    def tag_many(
        self, sentences: Iterable[str | Sequence[str] | Sentence], *, nbest: int = 0
    ) -> Iterator[Sentence]:
        """Tag a stream of sentences, in order.

        The stream is read a bounded number of tokens ahead, so that sentences of similar length
        can share a batch; the results do not depend on it.

        Args:
            sentences: Each as for `tag`.
            nbest: How many of the best tag sequences to return.

        Raises:
            TypeError: A sentence is neither text nor a sequence of strings.
            ConfigError: A sentence lacks features, or ``nbest`` is out of range.
        """
        for chunk in chunks(self._as_sentence(sentence) for sentence in sentences):
            yield from self._tag_chunk(chunk, nbest)

    def tag_batch(
        self, sentences: Sequence[str | Sequence[str] | Sentence], *, nbest: int = 0
    ) -> list[Sentence]:
        """Tag some sentences at once; as `tag_many`, but all in memory."""
        return self._tag_chunk([self._as_sentence(sentence) for sentence in sentences], nbest)

    def _as_sentence(self, sentence: str | Sequence[str] | Sentence) -> Sentence:
        if isinstance(sentence, str):
            result = self.tokenizer.tokenize(sentence)
        else:
            result = as_sentence(sentence)
        for name in self.spec.features:
            if len(result.features_by.get(name, ())) != len(result):
                raise ConfigError(
                    f"the model reads feature {name} of each token: give a file with its column, "
                    "or seqtag.Sentence(tokens, features_by={...})"
                )
        return result

    def _tag_chunk(self, sentences: list[Sentence], count: int) -> list[Sentence]:
        """Fill in the results of some sentences."""
        if not 0 <= count <= MAX_NBEST:
            raise ConfigError(f"nbest is {count}: give a number from 0 to {MAX_NBEST}")
        names = list(self.tags_by)
        filled = [sentence for sentence in sentences if sentence.tokens]
        encoding = self.encoding(filled)
        for indices, lengths, emissions in compute_emissions(encoding):
            results = BatchResults(self._decoders, emissions, lengths)
            batch = [filled[index] for index in indices.tolist()]
            for row, (sentence, *tags) in enumerate(zip(batch, *results.tags(), strict=True)):
                sentence.tags_by = dict(zip(names, tags, strict=True))
                sentence.expect(results, row)
            if count:
                best = self._decoders[0].nbest(emissions[0], lengths, count)
                for sentence, sequences in zip(batch, best, strict=True):
                    sentence.nbest = sequences
        for sentence in sentences:
            if not sentence.tokens:
                self._fill_empty(sentence, count)
        return sentences

    def _fill_empty(self, sentence: Sentence, count: int) -> None:
        """Give a sentence without tokens the one answer there is."""
        for decoder in self._decoders:
            name = decoder.column.name
            sentence.tags_by[name] = []
            sentence.scores_by[name] = []
            none = np.zeros((0, len(decoder.marginal_tags)), dtype=np.float32)
            sentence.marginals_by[name] = none
            if decoder.column.scheme is not None:
                sentence.spans_by[name] = []
        sentence.nbest = [([], 1.0)] if count else []
