"""All that makes a model but its weights."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from seqtag.batching.contexts import ContextReader, Reading
from seqtag.batching.featurizer import Featurizer
from seqtag.batching.words import WordTable
from seqtag.config import (
    DecoderConfig,
    EmbeddingConfig,
    EncoderConfig,
    LanguageModelConfig,
    LinearConfig,
    PoolingConfig,
    SamplingConfig,
    SearchConfig,
)
from seqtag.text.cleaning import Artefacts, LineCleaner
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.schemes import Scheme
from seqtag.text.spelling import Spelling
from seqtag.text.tag_column import TagColumn
from seqtag.text.tokenization import TokenizerKind
from seqtag.text.unit_base import Units
from seqtag.text.vector_lookup import MappedVectors
from seqtag.text.vocabulary import Vocabulary

if TYPE_CHECKING:  # exported models are run without torch
    from seqtag.models.generator import ReaderSizes
    from seqtag.models.token_encoder import InputSizes


@dataclass(frozen=True, kw_only=True)
class ReaderSpec:
    """How a language model reads texts, and how large it is without its output layer.

    Attributes:
        units: What texts are read in.
        vector_size: Size of a unit's vector.
        encoder: Configuration of the network of a direction.
        language_model: Directions, softmax and what is dropped.
        facts: What the model card tells besides: numbers of lines, tokens and units, and scores.
    """

    units: Units
    vector_size: int
    encoder: EncoderConfig
    language_model: LanguageModelConfig
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sizes(self) -> ReaderSizes:
        """All that makes the network but its weights."""
        return {
            "encoder": self.encoder,
            "language_model": self.language_model,
            "vector_size": self.vector_size,
            "num_units": len(self.units),
        }

    @property
    def reading(self) -> Reading:
        """How it reads."""
        named = self.language_model.direction
        directions = ("forward", "backward") if named == "both" else (named,)
        return Reading(
            units=self.units,
            directions=[(name, name == "backward") for name in directions],
            size=self.encoder.hidden_size,
        )

    def reader_fields(self) -> dict[str, Any]:
        """Return every attribute of a `ReaderSpec` by its name."""
        return {item.name: getattr(self, item.name) for item in fields(ReaderSpec)}


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """What any model reads, and how large it is up to its encoder.

    Attributes:
        embedding: Configuration of the embedding layer, without the names of files.
        encoder: Configuration of the encoder.
        words: Words with a vector of their own.
        rare_words: Words of the training part that are too rare for one.
        characters: Characters with a vector of their own; None where the model reads none.
        ngrams: Affixes, n-grams and shapes with a vector of their own; None where the model reads
            none.
        vectors: Words with a pretrained vector; None where there are no such vectors.
        vector_size: Size of a pretrained vector.
        mapped: Pretrained vectors in a file of their own; None where there is none.
        features: For each feature column the values with a vector of their own.
        gazetteer: Phrases that are looked up in a sentence; None for none.
        language_models: Language models whose states are read.
        format: Format of the files it was trained on.
        file_columns: The files' column specification.
        language: Language of the tokenizer for raw text.
        facts: What the model card tells besides: numbers of sentences, of tokens and of those of
            texts that vectors were learnt from, and scores.
    """

    embedding: EmbeddingConfig
    encoder: EncoderConfig
    words: Vocabulary
    rare_words: frozenset[str]
    characters: Vocabulary | None
    ngrams: Vocabulary | None
    vectors: Vocabulary | None = None
    vector_size: int = 0
    mapped: MappedVectors | None = None
    features: Mapping[str, Vocabulary] = field(default_factory=dict)
    gazetteer: Gazetteer | None = None
    language_models: Sequence[ReaderSpec] = ()
    format: str
    file_columns: str
    language: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def num_characters(self) -> int:
        """Rows of the character table: padding, unknown, and the listed ones."""
        return 0 if self.characters is None else len(self.characters) + 1

    @property
    def num_ngrams(self) -> int:
        """Rows of the table of n-grams: the listed ones, or one that is never read for none."""
        return 0 if self.ngrams is None else max(1, len(self.ngrams))

    @cached_property
    def known_words(self) -> Container[str]:
        """The words of the training part."""
        return self.rare_words.union(self.words)

    @property
    def feature_sizes(self) -> list[tuple[int, int]]:
        """For each feature of a token its number of values and the size of a value's vector."""
        sizes = [(len(values), self.embedding.feature_size) for values in self.features.values()]
        if self.gazetteer is not None:
            place = (Gazetteer.NUM_PLACES, self.embedding.gazetteer_size)
            sizes += [place] * len(self.gazetteer.labels)
        return sizes

    @property
    def input_sizes(self) -> InputSizes:
        """How much there is of what the model reads."""
        return {
            "num_words": len(self.words),
            "num_characters": self.num_characters,
            "num_ngrams": self.num_ngrams,
            "num_vectors": 0 if self.vectors is None else len(self.vectors),
            "vector_size": self.vector_size,
            "mapped_size": 0 if self.mapped is None else self.mapped.size,
            "feature_sizes": self.feature_sizes,
            "readers": [model.sizes for model in self.language_models],
        }

    def context_reader(self) -> ContextReader | None:
        """Return what reads sentences with the language models; None where there are none."""
        readings = [model.reading for model in self.language_models]
        return ContextReader(readings) if readings else None

    def featurizer(self) -> Featurizer:
        """Return what turns sentences into numbers as this model reads them."""
        table = WordTable(self.words, self.vectors, self.characters, self.ngrams, self.mapped)
        return Featurizer(table, self.features, self.gazetteer)

    def fields(self) -> dict[str, Any]:
        """Return every attribute by its name, to make a description of a certain task of it."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@dataclass(frozen=True, kw_only=True)
class TaggerSpec(ModelSpec):
    """What a tagger reads, what it predicts and how large it is.

    Attributes:
        columns: The tag columns, the main one first.
        file_width: Number of columns in the files.
        comment: Beginning of the files' comment lines; empty for none.
    """

    task: ClassVar[str] = "tag"

    columns: Sequence[TagColumn]
    file_width: int
    comment: str

    def source_of(self, name: str, scheme: Scheme | None, *, is_only: bool) -> int | None:
        """Return which of the columns another tagger's column continues, None for none.

        Args:
            name: The other column's name.
            scheme: The scheme it is trained in.
            is_only: Whether the other tagger has no further column. Then its name does not matter
                in CoNLL files, where the same column has two: from the front and from the end.
        """
        for number, column in enumerate(self.columns):
            numbered = is_only and len(self.columns) == 1 and _is_number(name, column.name)
            if (column.name == name or numbered) and column.scheme == scheme:
                return number
        return None


@dataclass(frozen=True, kw_only=True)
class ClassifierSpec(ModelSpec):
    """What a classifier reads, what it predicts and how large it is.

    Attributes:
        labels: The labels, in the order of their numbers.
        label_counts: How often training shows each of them.
        pooling: How the tokens of a text become one answer.
        linear: Which n-grams the linear path counts.
        ngrams_counted: How many these are, of words and of characters; 0 where there is no such
            path.
        header: Whether the files' first row holds names: auto, yes or no.
        tokenizer: What splits texts into tokens.
    """

    task: ClassVar[str] = "classify"

    labels: Vocabulary
    label_counts: Sequence[int]
    pooling: PoolingConfig
    linear: LinearConfig = field(default_factory=LinearConfig)
    ngrams_counted: tuple[int, int] = (0, 0)
    header: Literal["auto", "yes", "no"] = "auto"
    tokenizer: TokenizerKind = "spacy"


LEAST_CUT = 40
"""A text of no more units is translated whole, however short the texts of training were."""


@dataclass(frozen=True, kw_only=True)
class TranslatorSpec:
    """What a translator reads and writes, and how large it is.

    Attributes:
        source_units: What texts are read in.
        target_units: What translations are written in; the same object where they are shared.
        vector_size: Size of a unit's vector.
        encoder: Configuration of the encoder.
        decoder: Configuration of the decoder.
        search: How translations are looked for where nothing else is said.
        source: What is translated, as the files name it.
        target: What it is translated to.
        format: Format of the files it was trained on.
        header: Whether the files' first row holds names: auto, yes or no.
        usual_length: Units that nearly all sources of training have at most.
        longest_length: Units of the longest one.
        facts: What the model card tells besides: numbers of pairs and units, and scores.
    """

    task: ClassVar[str] = "translate"

    source_units: Units
    target_units: Units
    vector_size: int
    encoder: EncoderConfig
    decoder: DecoderConfig
    search: SearchConfig = field(default_factory=SearchConfig)
    source: str
    target: str
    format: str
    header: Literal["auto", "yes", "no"] = "auto"
    usual_length: int = 0
    longest_length: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def joint(self) -> bool:
        """Whether source and target are written in the same units, with the same vectors."""
        return self.source_units is self.target_units

    @property
    def sides(self) -> dict[str, Units]:
        """The units of each side, as the configuration names them."""
        return {"source": self.source_units, "target": self.target_units}

    @property
    def cut_lengths(self) -> tuple[int, int]:
        """From how many units on a text is translated in pieces, and how many these have at most.

        A network that has only seen single sentences ends behind the first one of several.
        """
        most = self.encoder.max_length
        longest = min(most, max(LEAST_CUT, self.longest_length or most))
        return longest, min(longest, max(LEAST_CUT // 2, self.usual_length or most))

    @property
    def reads_characters(self) -> bool:
        """Whether it works on words and their sounds or forms, and not on sentences."""
        return "char" in (self.source_units.kind, self.target_units.kind)


@dataclass(frozen=True, kw_only=True)
class GeneratorSpec(ReaderSpec):
    """What a generator reads and writes, and how large it is.

    Attributes:
        cutoffs: Where the clusters of an adaptive softmax begin; none for a full one.
        sampling: How texts are written where nothing else is said.
        spelling: What it costs to spell an unknown unit, so that perplexities count it.
        artefacts: What is done with traces of tokenization in texts: keep, undo or split.
        tokenizer: What splits texts into tokens, where that is done.
        language: Language of the tokenizer.
        format: Format of the files it was trained on.
    """

    task: ClassVar[str] = "generate"

    cutoffs: Sequence[int] = ()
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    spelling: Spelling
    artefacts: Artefacts = "keep"
    tokenizer: TokenizerKind = "spacy"
    language: str = "en"
    format: str = "text"

    def cleaner(self) -> LineCleaner:
        """Return what makes lines of a text into lines as they are learnt."""
        return LineCleaner(self.artefacts, self.tokenizer, self.language)


def _is_number(*names: str) -> bool:
    return all(name.removeprefix("-").isdecimal() for name in names)
