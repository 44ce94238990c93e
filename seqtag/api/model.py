"""What taggers and classifiers have in common: they run a network over streams of texts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Generic, Self, TypeVar

import numpy as np

from seqtag.api.model_files import save_files
from seqtag.batching import Dense, Encoding, Featurizer, WordCache, most_words
from seqtag.batching.contexts import with_vectors
from seqtag.engines import Engine
from seqtag.io.run_folder import EXPORTS, export_sizes, read_export
from seqtag.text.sentence import Sentence
from seqtag.training.spec import ClassifierSpec, TaggerSpec

BATCH_TOKENS = 768
"""Padded tokens in a batch."""

SpecT = TypeVar("SpecT", bound=TaggerSpec | ClassifierSpec)


class Model(Generic[SpecT]):
    """A trained model; threads may share one.

    Args:
        spec: What it reads and predicts.
        engine: Runs its network.

    Attributes:
        spec: What it reads and predicts.
    """

    def __init__(self, spec: SpecT, engine: Engine) -> None:
        self.spec = spec
        self._engine = engine
        self._contexts = spec.context_reader()
        self._words = self._forget_words()

    def forked(self) -> Self:
        """Return the model for a process that was forked from the one in which it was opened.

        Weights and mapped vectors are shared; it computes with one thread.
        """
        return type(self)(self.spec, self._engine.forked())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a model folder, all that `seqtag.load` needs.

        An older model in the folder is replaced. A model of engine onnx saves its exported network
        alone; beside it stays the network of the same model in the other precision.

        Raises:
            ConfigError: The folder holds something else, or weights, and the model has none.
            DataError: A file cannot be written.
        """
        weights, exports = self._engine.weights(), self._engine.exports()
        if not weights:
            exports = _siblings(Path(path), exports) | exports
        save_files(Path(path), self.spec, weights, exports)

    def encoding(self, sentences: Sequence[Sentence], dense: Dense | None = None) -> Encoding:
        """Return what runs the network over some sentences, each with at least one token.

        Args:
            sentences: The sentences.
            dense: (tokens, numbers) given of each of their tokens; None for none.
        """
        network = self._engine.contexts
        if self._contexts is not None and network is not None and sentences:
            states = self._contexts.read(sentences, network.read_units)
            dense = with_vectors(states, network.project, dense)
        featurizer, cache = self._current_words()
        return Encoding(
            rows=featurizer.rows(*sentences),
            lengths=np.array([len(sentence.tokens) for sentence in sentences], dtype=np.int64),
            network=self._engine,
            featurizer=featurizer,
            cache=cache,
            batch_tokens=BATCH_TOKENS,
            max_length=self.spec.encoder.max_length,
            dense=dense,
        )

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
        mapped = self.spec.mapped
        size = 0 if mapped is None else mapped.size  # which the table keeps, beside the cache
        return most_words(self._engine.word_vector_size + size)


def as_sentence(tokens: Sequence[str] | Sentence) -> Sentence:
    """Return tokens as a sentence of its own, without tags.

    Raises:
        TypeError: A token is no string.
    """
    if isinstance(tokens, Sentence):
        return tokens.untagged()
    listed = list(tokens)
    try:
        "".join(listed)  # looks at each token in less time than anything else
    except TypeError as error:
        wrong = next(token for token in listed if not isinstance(token, str))
        raise TypeError(f"a token is {wrong!r}: give strings") from error
    return Sentence(listed)


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
