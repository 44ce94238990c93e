"""Tags for sentences, with probabilities."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from seqtag.api.decoder import BatchResults, ColumnDecoder
from seqtag.api.model_files import save_tagger
from seqtag.batching import Featurizer, WordCache, compute_emissions, most_words
from seqtag.engines import Engine
from seqtag.errors import ConfigError
from seqtag.io.run_folder import EXPORTS, export_sizes, read_export
from seqtag.text.sentence import Sentence
from seqtag.text.tokenization import Tokenizer
from seqtag.training.spec import TaggerSpec

BATCH_TOKENS = 768
"""Padded tokens in a batch."""

CHUNK_TOKENS = 32_768
"""Tokens that a stream reads ahead, to batch sentences of similar length."""

FIRST_CHUNK_TOKENS = 512
"""Tokens read before a stream's first result; the read-ahead then doubles."""

MAX_NBEST = 1000
"""Longer lists of the best sequences are of no use, and take time that grows with their square."""


class Tagger:
    """A trained tagger; threads may share one.

    Args:
        spec: What it reads and predicts.
        engine: Runs its network.

    Attributes:
        spec: What it reads and predicts.
        tokenizer: Splits raw text as the model records it.
    """

    def __init__(self, spec: TaggerSpec, engine: Engine) -> None:
        self.spec = spec
        self.tokenizer = Tokenizer(spec.language)
        self._engine = engine
        self._words = self._forget_words()
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
        for chunk in _chunks(self._as_sentence(sentence) for sentence in sentences):
            yield from self._tag_chunk(chunk, nbest)

    def tag_batch(
        self, sentences: Sequence[str | Sequence[str] | Sentence], *, nbest: int = 0
    ) -> list[Sentence]:
        """Tag some sentences at once; as `tag_many`, but all in memory."""
        return self._tag_chunk([self._as_sentence(sentence) for sentence in sentences], nbest)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a model folder, all that `seqtag.load` needs.

        An older model in the folder is replaced. A tagger of engine onnx saves its exported network
        alone; beside it stays the network of the same model in the other precision.

        Raises:
            ConfigError: The folder holds something else, or weights, and the tagger has none.
            DataError: A file cannot be written.
        """
        weights, exports = self._engine.weights(), self._engine.exports()
        if not weights:
            exports = _siblings(Path(path), exports) | exports
        save_tagger(Path(path), self.spec, weights, exports)

    def _as_sentence(self, sentence: str | Sequence[str] | Sentence) -> Sentence:
        if isinstance(sentence, Sentence):
            result = sentence.untagged()
        elif isinstance(sentence, str):
            result = self.tokenizer.tokenize(sentence)
        else:
            tokens = list(sentence)
            try:
                "".join(tokens)  # looks at each token in less time than anything else
            except TypeError as error:
                wrong = next(token for token in tokens if not isinstance(token, str))
                raise TypeError(f"a token is {wrong!r}: give strings") from error
            result = Sentence(tokens)
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
        featurizer, cache = self._current_words()
        names = list(self.tags_by)
        filled = [sentence for sentence in sentences if sentence.tokens]
        for indices, lengths, emissions in compute_emissions(
            featurizer.rows(*filled),
            np.array([len(sentence.tokens) for sentence in filled], dtype=np.int64),
            self._engine,
            featurizer,
            cache,
            batch_tokens=BATCH_TOKENS,
            max_length=self.spec.encoder.max_length,
        ):
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

    def _current_words(self) -> tuple[Featurizer, WordCache]:
        """Return what knows words, anew when it has seen too many.

        A thread that still uses the old one keeps it until its chunk is done.
        """
        words = self._words
        if len(words[0].table) > self._max_words:
            words = self._words = self._forget_words()
        return words

    def _forget_words(self) -> tuple[Featurizer, WordCache]:
        """Return a featurizer that has not seen any word, and a cache for its words' vectors."""
        cache = WordCache(self._engine.word_vector_size, self._max_words)
        return self.spec.featurizer(), cache

    @property
    def _max_words(self) -> int:
        return most_words(self._engine.word_vector_size)


def _siblings(folder: Path, exports: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return networks in a folder that were exported from the same model in other precisions."""
    others = {
        precision: read_export(folder, precision)
        for precision, name in EXPORTS.items()
        if precision not in exports and name in export_sizes(folder)
    }
    if not others:
        return {}
    (origin,) = {_origin(content) for content in exports.values()}
    return {
        precision: content
        for precision, content in others.items()
        if origin is not None and _origin(content) == origin
    }


def _origin(export: bytes) -> tuple[str, str] | None:
    """Return what tells from which model a network was exported; None where nothing does."""
    # Here, since whoever runs a model in torch has no use for it.
    from seqtag.engines.onnx import OnnxEngine

    try:
        metadata = OnnxEngine(export).metadata
        return metadata["weights"], metadata["description"]
    except (KeyError, ValueError):
        return None


def _chunks(sentences: Iterable[Sentence]) -> Iterator[list[Sentence]]:
    """Gather a stream into lists, small at first and never larger than `CHUNK_TOKENS`.

    A sentence counts as one token more than it has, so that empty ones do not gather for ever.
    """
    limit = FIRST_CHUNK_TOKENS
    chunk: list[Sentence] = []
    tokens = 0
    for sentence in sentences:
        chunk.append(sentence)
        tokens += len(sentence.tokens) + 1
        if tokens >= limit:
            yield chunk
            chunk, tokens = [], 0
            limit = min(2 * limit, CHUNK_TOKENS)
    if chunk:
        yield chunk
