"""What a model reads, counted on the training part alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from seqtag.config import EmbeddingConfig, RunConfig
from seqtag.errors import ConfigError
from seqtag.text.features import clip_word, count_features
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.sentence import Sentence
from seqtag.text.vector_lookup import MappedVectors
from seqtag.text.vocabulary import Vocabulary, count_vocabulary
from seqtag.training.spec import ModelSpec, ReaderSpec


def build_inputs(
    config: RunConfig,
    sentences: Sequence[Sentence],
    *,
    format: str,
    file_columns: str,
    vectors: Sequence[str] = (),
    vector_size: int = 0,
    mapped: MappedVectors | None = None,
    gazetteer: Gazetteer | None = None,
    language_models: Sequence[ReaderSpec] = (),
    base: ModelSpec | None = None,
) -> ModelSpec:
    """Build the vocabularies of a model.

    Args:
        config: The run's configuration.
        sentences: The training part.
        format: Format of the files.
        file_columns: The files' column specification.
        vectors: Words with a pretrained vector.
        vector_size: Size of a pretrained vector.
        mapped: Pretrained vectors in a file of their own.
        gazetteer: Phrases to be looked up.
        language_models: Language models whose states are read.
        base: The model that the new one starts from; its words, characters, n-grams, values of
            features and vectors are kept, and its gazetteer where no other is given.

    Raises:
        ConfigError: ``base`` has vectors of its own, or phrases of other labels.
    """
    words = Counter(chain.from_iterable(s.tokens for s in sentences))
    characters = None
    if config.embedding.characters != "none":
        counts: Counter[str] = Counter()
        for word, n in words.items():
            for character in clip_word(word):
                counts[character] += n
        first = base.characters.items if base is not None and base.characters is not None else ()
        characters = count_vocabulary(counts, has_unknown=True, first=first)
    ngrams = None
    if config.embedding.ngram_size:
        ngrams = count_vocabulary(
            count_features(words, config.embedding.ngram_min_words),
            has_unknown=False,
            max_items=config.embedding.max_ngrams,
            first=base.ngrams.items if base is not None and base.ngrams is not None else (),
        )
    known = count_vocabulary(
        words,
        has_unknown=True,
        min_count=config.embedding.word_min_count,
        max_items=config.embedding.max_words,
        first=base.words.items if base is not None else (),
    )
    features = _count_features(sentences, base)
    gazetteer = _choose_gazetteer(gazetteer, base)
    language_models = _choose_language_models(language_models, base)
    key = "embedding.text" if config.embedding.text else "embedding.vectors"
    if base is not None:
        _check_vectors(base, key, given=bool(vectors) or mapped is not None)
        known_vectors, vector_size, mapped = base.vectors, base.vector_size, base.mapped
    else:
        known_vectors = Vocabulary(vectors, has_unknown=True) if vectors else None
    facts = {"sentences": len(sentences), "tokens": words.total()}
    if base is not None and "text_tokens" in base.facts:
        facts["text_tokens"] = base.facts["text_tokens"]
    return ModelSpec(
        # Where vectors and phrases came from is nobody's business who is given the model.
        embedding=replace(
            config.embedding,
            vectors="",
            vectors_words="all",
            text="",
            text_size=EmbeddingConfig().text_size,
            gazetteers="",
            language_model="",
            gazetteer_case=gazetteer is not None and not gazetteer.ignore_case,
        ),
        encoder=config.encoder,
        words=known,
        rare_words=frozenset(word for word in words if word not in known),
        characters=characters,
        ngrams=ngrams,
        vectors=known_vectors,
        vector_size=vector_size,
        mapped=mapped,
        features=features,
        gazetteer=gazetteer,
        language_models=language_models,
        format=format,
        file_columns=file_columns,
        language=config.data.language,
        facts=facts,
    )


def _check_vectors(base: ModelSpec, key: str, *, given: bool) -> None:
    """Refuse other pretrained vectors than those of the run to start from; a key gives them."""
    if not given:
        return
    if base.vectors is None and base.mapped is None:
        raise ConfigError(_NOT_IN_BASE.format("no pretrained vectors", key))
    raise ConfigError(
        f"the run to start from has pretrained vectors of its own, which are kept: leave {key} out"
    )


def _choose_language_models(
    given: Sequence[ReaderSpec], base: ModelSpec | None
) -> Sequence[ReaderSpec]:
    """Return how the language models read: those given, or those of the run to start from."""
    if base is None:
        return given
    if given and base.language_models:
        raise ConfigError(
            "the run to start from has language models of its own, which are kept: leave "
            "embedding.language_model out"
        )
    if given:
        raise ConfigError(_NOT_IN_BASE.format("no language model", "embedding.language_model"))
    return base.language_models


def _count_features(
    sentences: Sequence[Sentence], base: ModelSpec | None
) -> Mapping[str, Vocabulary]:
    """List the values of each feature column."""
    counts: dict[str, Counter[str]] = {}
    for sentence in sentences:
        for name, values in sentence.features_by.items():
            counts.setdefault(name, Counter()).update(values)
    known = {} if base is None else base.features
    if base is not None and list(counts) != list(known):
        raise ConfigError(
            f"the run to start from reads {_listed(known)}, this one {_listed(counts)}: name the "
            "same columns in the same order"
        )
    return {
        name: count_vocabulary(
            values, has_unknown=True, first=known[name].items if name in known else ()
        )
        for name, values in counts.items()
    }


def _choose_gazetteer(given: Gazetteer | None, base: ModelSpec | None) -> Gazetteer | None:
    """Return the phrases to look up: those given, else those of the tagger to start from."""
    if base is None:
        return given
    if base.gazetteer is None:
        if given is not None:
            raise ConfigError(_NOT_IN_BASE.format("no phrases", "embedding.gazetteers"))
        return None
    if given is not None and given.labels != base.gazetteer.labels:
        raise ConfigError(
            f"the phrases of the run to start from are labelled {', '.join(base.gazetteer.labels)},"
            f" those of embedding.gazetteers {', '.join(given.labels)}: give the same labels"
        )
    return given or base.gazetteer


_NOT_IN_BASE = (
    "the run to start from has {}, and what it knows has no use for them: leave {} out, or train "
    "from scratch"
)


def _listed(features: Iterable[str]) -> str:
    return f"feature columns {'+'.join(features)}" if list(features) else "no feature columns"
