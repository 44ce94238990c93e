"""What a model is given beside its corpus: word vectors, phrases, language models, raw text."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress
from typing import Any

import numpy as np
import numpy.typing as npt

from seqtag.api.corpora import ShowProgress
from seqtag.api.model_files import check_counts, load_spec
from seqtag.api.model_inputs import ROLES
from seqtag.api.plain_text import named_texts, read_any_lines
from seqtag.config import DataConfig, EmbeddingConfig
from seqtag.config.network import MAPPED_TUNED
from seqtag.errors import ConfigError, ModelError
from seqtag.io.gazetteers import read_gazetteers
from seqtag.io.run_folder import find_model
from seqtag.io.vector_store import VectorStore
from seqtag.io.vectors import WordVectors, open_vectors
from seqtag.text.cleaning import MASK, LineCleaner
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.sentence import Sentence
from seqtag.text.vector_lookup import MappedVectors, has_vector, needed_forms, scale_of
from seqtag.training.spec import GeneratorSpec, ReaderSpec

logger = logging.getLogger("seqtag")

_GROUP_WORDS = 1024  # of a mapped file, words that are looked up at once

TELLING_SECONDS = 20.0
"""How often it is told that a text is still being read."""


@dataclass(frozen=True, slots=True)
class Pretrained:
    """Knowledge from elsewhere.

    Attributes:
        vectors: Word vectors that become weights; None for none.
        mapped: Word vectors in a file of their own; None for none.
        gazetteer: Lists of phrases; None for none.
        readers: What language models read, as they are part of the model.
        weights: The weights of each of them by name.
        facts: What the model card tells of it: how many tokens of text vectors were learnt from.
    """

    vectors: WordVectors | None
    mapped: MappedVectors | None
    gazetteer: Gazetteer | None
    readers: Sequence[ReaderSpec]
    weights: Sequence[Mapping[str, npt.NDArray[np.floating]]]
    facts: Mapping[str, int] = field(default_factory=dict)

    def initialize(self, model: Any) -> None:  # noqa: ANN401 - a network, training's affair
        """Give a model its language models' weights."""
        from seqtag.training.initialization import set_readers

        if self.readers:
            set_readers(model, self.weights)


def read_pretrained(
    config: EmbeddingConfig,
    data: DataConfig,
    parts: Sequence[Iterable[Sentence]],
    fetching: ShowProgress | None = None,
) -> Pretrained:
    """Read the files that a configuration names, and learn what is to be learnt from them first.

    Args:
        config: The configuration of the embedding layer.
        data: How lines of text are split into tokens.
        parts: The run's sentences, those of training first, whose words may be the only ones to
            keep vectors for.
        fetching: Called as bytes of a public corpus arrive.

    Raises:
        ConfigError: No word of the corpus has a vector, or texts are named that cannot be read
            again.
        DataError: A file cannot be read, or a line of it is not as it must be.
    """
    readers, weights = _read_language_models(config.language_model)
    gazetteer = None
    if config.gazetteers:
        gazetteer = read_gazetteers(config.gazetteers, ignore_case=not config.gazetteer_case)
    if not config.vectors and not config.text:
        return Pretrained(None, None, gazetteer, readers, weights)
    needed = set(chain.from_iterable(s.tokens for s in chain.from_iterable(parts)))
    forms = needed_forms(needed)
    wanted = None if config.vectors_words == "all" else forms.__contains__
    facts = {}
    vectors: WordVectors | VectorStore
    if config.text:
        vectors, facts["text_tokens"] = _learn_vectors(config, data, parts[0], wanted, fetching)
    else:
        is_mapped = config.vectors_words == "mapped"
        vectors = open_vectors(config.vectors, wanted, mapped=is_mapped)
    if isinstance(vectors, VectorStore):
        table, mapped = _look_up(config, vectors, sorted(needed))
        return Pretrained(table, mapped, gazetteer, readers, weights)
    listed = set(vectors.words)
    found = sum(has_vector(word, listed) for word in needed)
    count = f"{len(vectors.words):,} vectors"
    _tell_vectors(config, count, vectors.array.shape[1], found, len(needed))
    return Pretrained(vectors, None, gazetteer, readers, weights, facts)


def _look_up(
    config: EmbeddingConfig, store: VectorStore, needed: Sequence[str]
) -> tuple[WordVectors | None, MappedVectors | None]:
    """Return the vectors of the corpus's words, if they alone are asked for, or those of all.

    Args:
        config: The configuration of the embedding layer.
        store: The vectors.
        needed: The corpus's words.

    Raises:
        ConfigError: No word has a vector, or the vectors are to be trained further.
        DataError: A number of them is none.
    """
    keeps = config.vectors_words == "needed"
    if config.vectors_tuned and not keeps:
        raise ConfigError(MAPPED_TUNED)
    found: list[str] = []
    rows, squares = [np.zeros((0, store.size), dtype=np.float32)], 0.0
    for start in range(0, len(needed), _GROUP_WORDS):
        words = needed[start : start + _GROUP_WORDS]
        vectors = store.vectors(words)
        has_one = (vectors != 0).any(axis=1)
        found += compress(words, has_one)
        squares += float(np.linalg.norm(vectors)) ** 2
        if keeps:
            rows.append(vectors[has_one])
    listed = f"{len(store):,} vectors" if len(store) else "vectors of n-grams"
    _tell_vectors(config, listed, store.size, len(found), len(needed))
    if keeps:
        return WordVectors(found, np.concatenate(rows)), None
    logger.info("all of them become part of the model, in a file of %s MB", f"{store.megabytes:,}")
    return None, MappedVectors(store, scale_of(squares / (len(found) * store.size)))


def _tell_vectors(config: EmbeddingConfig, listed: str, size: int, found: int, words: int) -> None:
    """Tell for how many words of the corpus there are vectors.

    Raises:
        ConfigError: For none.
    """
    if not found:
        raise ConfigError(
            "none of the corpus's words has a vector here; check that they are of the same "
            "language",
            path=config.vectors or config.text,
        )
    logger.info(
        "%s of size %d, for %.1f%% of the corpus's %s different words",
        *(listed, size, 100 * found / words, f"{words:,}"),
    )


def _learn_vectors(
    config: EmbeddingConfig,
    data: DataConfig,
    train: Iterable[Sentence],
    wanted: Callable[[str], bool] | None,
    fetching: ShowProgress | None,
) -> tuple[WordVectors, int]:
    """Learn vectors of words from the texts that a configuration names, and from train.

    Returns:
        The vectors, and the number of tokens of the texts without those of train.

    Raises:
        ConfigError: A text is standard input, which can be read only once, or there is no such
            corpus.
        DataError: A text cannot be read, or holds none.
    """
    from seqtag.training.word_vectors import learn_vectors

    paths = named_texts("embedding.text", config.text, fetching)
    if not paths:
        raise ConfigError("embedding.text names no text: give a file, or leave it out")
    reading = _Reading(paths, LineCleaner("split", data.tokenizer, data.language))
    sentences = chain((sentence.tokens for sentence in train), reading)
    words, array = learn_vectors(sentences, size=config.text_size, max_words=config.max_words)
    logger.info(
        "vectors of %s words learnt from %s tokens of text and those of train in %.0f seconds",
        *(f"{len(words):,}", f"{reading.tokens:,}", time.monotonic() - reading.began),
    )
    if wanted is None:
        return WordVectors(words, array), reading.tokens
    kept = [place for place, word in enumerate(words) if wanted(word)]
    return WordVectors([words[place] for place in kept], array[kept]), reading.tokens


class _Reading:
    """Texts that are read token by token, which is told from time to time.

    Args:
        paths: The texts.
        clean: Splits their lines.

    Attributes:
        began: When reading began, by ``time.monotonic()``.
        tokens: How many tokens were read.
    """

    def __init__(self, paths: Sequence[str], clean: LineCleaner) -> None:
        self._paths = paths
        self._clean = clean
        self.began = time.monotonic()
        self.tokens = 0

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the tokens of each line.

        Raises:
            DataError: A text cannot be read, or holds none.
        """
        told = self.began
        for path in self._paths:
            logger.info("learning vectors of words from %s", path)
            for line in read_any_lines(path):
                tokens = self._clean(line, mask=MASK).split()
                self.tokens += len(tokens)
                yield tokens
                if time.monotonic() > told + TELLING_SECONDS:
                    told = time.monotonic()
                    logger.info("%s tokens have been read", f"{self.tokens:,}")


def _read_language_models(
    names: str,
) -> tuple[list[ReaderSpec], list[Mapping[str, npt.NDArray[np.floating]]]]:
    """Read the generators that a configuration names, and warn of those that tell less than others.

    Raises:
        ConfigError: One is no generator or is named twice, or there are more than two.
        ModelError: There is no such run, or it is damaged.
    """
    readers: list[ReaderSpec] = []
    weights: list[Mapping[str, npt.NDArray[np.floating]]] = []
    paths = [name.strip() for name in names.split(",") if name.strip()]
    if names and not paths:
        raise ConfigError("embedding.language_model names no run: give one, or leave it out")
    if len(paths) > len(ROLES):
        raise ConfigError(
            f"embedding.language_model names {len(paths)} runs: give one, or one for each direction"
        )
    try:
        folders = {find_model(path).resolve() for path in paths}
    except ModelError as error:
        raise ModelError(
            f"{error.message}, which embedding.language_model names", path=error.path
        ) from error
    if len(folders) < len(paths):
        raise ConfigError("embedding.language_model names the same run twice: name it once")
    for path in paths:
        spec, files = load_spec(path)
        if not isinstance(spec, GeneratorSpec):
            raise ConfigError(
                "embedding.language_model names a run that is no language model: train one with "
                "`seqtag train --task generate --direction both`",
                path=path,
            )
        _check_weights(spec, files.weights, path)
        if spec.artefacts != "split":
            logger.warning(
                "%s has learnt from a text with data.artefacts=%s, and what it is given here are "
                "tokens that stand apart: one with data.artefacts=split may tell more of them",
                *(path, spec.artefacts),
            )
        readers.append(ReaderSpec(**spec.reader_fields()))
        weights.append(files.weights)
    directions = [name for reader in readers for name, _ in reader.reading.directions]
    if directions in (["forward"] * 2, ["backward"] * 2):
        logger.warning(
            "both runs that embedding.language_model names read %s: with one of each direction "
            "they would tell of what stands on either side of a token",
            directions[0],
        )
    return readers, weights


def _check_weights(
    spec: GeneratorSpec, weights: Mapping[str, npt.NDArray[np.floating]], path: str
) -> None:
    """Refuse weights that are not those of the description, before anything is made of its sizes.

    Raises:
        ModelError: They are not.
    """
    from seqtag.engines.torch import load_weights
    from seqtag.training.language_model import build_model

    try:
        check_counts(spec, weights)
        load_weights(lambda: build_model(spec), weights)
    except (ValueError, RuntimeError) as error:
        raise ModelError(
            str(error).splitlines()[0], path=find_model(path) / "weights.safetensors"
        ) from error
