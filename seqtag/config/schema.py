"""The configuration's dataclasses, and their way from and to plain mappings.

Every field carries its meaning and the values that it may take, so that one description serves
the check, the message when the check fails, the comments in ``config.toml`` and the list of keys in
``seqtag train --help``.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from seqtag.config.class_weights import parse_class_weights
from seqtag.config.presets import KEY_TASKS, SECTION_TASKS
from seqtag.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def _key(
    default: Any,  # noqa: ANN401 - a field's default is of the field's own type
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
) -> Any:  # noqa: ANN401 - stands where dataclasses.field does, which is typed the same way
    """Declare a field with its default, meaning and range."""
    return field(default=default, metadata={"meaning": meaning, "low": low, "high": high})


@dataclass(frozen=True, kw_only=True, slots=True)
class DataConfig:
    """Which files are read, and how."""

    train: str = _key("", "training file")
    more: str = _key(
        "", "further texts to learn from, with commas between, of annotated files the tokens"
    )
    dev: str = _key("", "development file; without one a part of train is split off")
    test: str = _key("", "test file, scored once at the end")
    format: Literal[
        "auto", "conll", "conllu", "tsv", "csv", "jsonl", "fasttext", "folder", "pairs", "text"
    ] = _key("auto", "auto goes by the file name; pairs: two files, line by line")
    columns: str = _key(
        "", "such as token=0,feature=1,tag=3, token=FORM,tag=UPOS+XPOS or text=review,label=stars"
    )
    header: Literal["auto", "yes", "no"] = _key(
        "auto", "first row of TSV and CSV holds names; auto: where it looks so"
    )
    source: str = _key(
        "", "what is translated: the ending of a file's name, as en, or a column's name"
    )
    target: str = _key("", "what it is translated to, named as data.source is")
    max_units: int = _key(
        200, "pairs of which a side is longer are left out of training", low=1, high=10**5
    )
    max_ratio: float = _key(
        9.0, "so are pairs of which a side has more than this many times the other's units", low=1.0
    )
    artefacts: Literal["keep", "undo", "split"] = _key(
        "keep",
        "traces of tokenization in plain text, as ' @-@ ' and ' ,'; undo: clean text; split: all "
        "tokens apart, as taggers read them",
    )
    comment: str = _key("", "beginning of CoNLL comment lines; empty for none")
    dev_share: float = _key(0.1, "part of train split off without a dev file", low=0.01, high=0.5)
    scheme: Literal["auto", "none", "iob1", "bio", "bioes", "bilou"] = _key(
        "auto", "tag scheme of the files; none for tags that are no spans"
    )
    tokenizer: Literal["spacy", "space"] = _key(
        "spacy", "what splits texts into tokens; space: white space, for tokenized corpora"
    )
    language: str = _key("en", "language of spaCy's tokenizer for raw text")


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbeddingConfig:
    """Sizes of what a token's vector is made of; a size of 0 leaves a part out."""

    word_size: int = _key(100, "word vector", low=0, high=4096)
    word_min_count: int = _key(1, "rarer words have no vector of their own", low=1, high=10**6)
    max_words: int = _key(100_000, "words with a vector of their own, at most", low=1, high=10**8)
    unknown_word_dropout: float = _key(
        0.25, "a word seen n times is dropped with probability x / (x + n)", low=0.0, high=100.0
    )
    ngram_size: int = _key(100, "vector of affixes, n-grams and shape", low=0, high=4096)
    ngram_min_words: int = _key(
        2, "n-grams of fewer different words have no vector", low=1, high=10**6
    )
    max_ngrams: int = _key(2**17, "n-grams with a vector of their own, at most", low=1, high=2**24)
    characters: Literal["none", "cnn", "lstm"] = _key("none", "character encoder")
    character_size: int = _key(32, "vector of a character", low=1, high=1024)
    character_hidden_size: int = _key(64, "vector of a word's characters; even", low=2, high=4096)
    vectors: str = _key("", "file of pretrained word vectors, GloVe, word2vec or .vec text")
    vectors_words: Literal["all", "needed"] = _key(
        "all", "needed: only vectors of words in train, dev and test are kept"
    )
    vectors_tuned: bool = _key(False, "pretrained vectors are trained further, not frozen")
    text: str = _key(
        "", "raw texts from which vectors of words are learnt first, with commas between"
    )
    text_size: int = _key(
        100, "numbers of each of the two vectors of a word that are learnt so", low=1, high=2048
    )
    language_model: str = _key(
        "", "generators whose states are read, with commas between; --direction both trains one"
    )
    language_model_size: int = _key(256, "vector made of these states", low=1, high=4096)
    feature_size: int = _key(25, "vector of each feature column's value", low=1, high=1024)
    gazetteers: str = _key("", "files of phrases, with commas between; a label may follow a tab")
    gazetteer_size: int = _key(10, "vector of a token's place in a phrase", low=1, high=1024)
    gazetteer_case: bool = _key(False, "phrases match only in their own upper and lower case")

    def __post_init__(self) -> None:
        """Refuse sizes that do not go together."""
        if self.characters == "lstm" and self.character_hidden_size % 2:
            raise ConfigError(
                f"embedding.character_hidden_size is {self.character_hidden_size}: give an even "
                "number, half of it for each direction"
            )
        if self.text and self.vectors:
            raise ConfigError(
                f"embedding.text is {self.text!r} and embedding.vectors {self.vectors!r}, and a "
                "word has vectors from one of them: leave the other out"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderConfig:
    """The recurrent network."""

    cell: Literal["lstm", "gru", "rnn", "peephole"] = _key("lstm", "recurrent cell")
    bidirectional: bool = _key(True, "sentences are read from both ends")
    hidden_size: int = _key(256, "state of one direction", low=1, high=8192)
    num_layers: int = _key(1, "layers", low=1, high=32)
    attention: bool = _key(False, "self-attention on the last layer")
    attention_heads: int = _key(4, "heads of the self-attention", low=1, high=64)
    dropout: float = _key(0.5, "dropout around the layers", low=0.0, high=0.95)
    variational: bool = _key(True, "dropout drops the same at every token of a sentence")
    max_length: int = _key(
        512,
        "tokens or units encoded at once; longer sentences in windows, translations in pieces",
        low=4,
        high=10**6,
    )

    def __post_init__(self) -> None:
        """Refuse sizes that do not go together."""
        if self.attention and self.output_size % self.attention_heads:
            raise ConfigError(
                f"encoder.attention_heads is {self.attention_heads}, which does not divide the "
                f"{self.output_size} numbers of a token's state (encoder.hidden_size for each "
                "direction): change one of the two"
            )

    @property
    def output_size(self) -> int:
        """Size of a token's state, all directions together."""
        return self.hidden_size * (2 if self.bidirectional else 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolingConfig:
    """How a text's tokens become one answer; for classifiers."""

    kind: Literal["additive", "dot", "mean", "max", "last"] = _key(
        "additive", "additive and dot: attention; last: the encoder's last states"
    )
    heads: int = _key(1, "heads of the attention", low=1, high=64)
    size: int = _key(128, "hidden units of additive attention", low=1, high=8192)


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearConfig:
    """The linear path beside the encoder, which counts n-grams; for classifiers."""

    word_ngrams: int = _key(2, "words of the longest n-gram; 0: no linear path", low=0, high=5)
    character_ngrams: int = _key(
        5, "characters of the longest n-gram within a word, from 3 on; 0: none", low=0, high=10
    )
    max_ngrams: int = _key(2**21, "n-grams that are counted, at most", low=1, high=2**26)
    cost: float = _key(1.5, "cost of mistakes against that of large weights", low=1e-6, high=1e6)
    folds: int = _key(
        5, "parts of train, for each of which the encoder hears what the rest says", low=2, high=100
    )

    @property
    def longest(self) -> tuple[int, int]:
        """Words of the longest n-gram of words, and characters of that of characters."""
        return self.word_ngrams, self.character_ngrams


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitsConfig:
    """What texts are read and written in; for translators and generators."""

    text: Literal["subword", "word", "char"] = _key("subword", "units that are generated")
    source: Literal["subword", "word", "char"] = _key("subword", "units of what is translated")
    target: Literal["subword", "word", "char"] = _key("subword", "units of the translation")
    algorithm: Literal["bpe", "unigram"] = _key("bpe", "how subwords are found")
    size: int = _key(6000, "subwords, the single characters included", low=8, high=10**6)
    joint: bool = _key(True, "source and target share their subwords and their vectors")
    dropout: float = _key(
        0.0, "BPE-dropout: share of merges left out while training", low=0.0, high=0.9
    )
    min_count: int = _key(
        2, "rarer words and characters are unknown, and may be copied", low=1, high=10**6
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class DecoderConfig:
    """The network that writes; for translators."""

    cell: Literal["lstm", "gru", "rnn", "peephole"] = _key("gru", "recurrent cell")
    hidden_size: int = _key(512, "state", low=1, high=8192)
    num_layers: int = _key(1, "layers", low=1, high=32)
    attention: Literal["additive", "multiplicative", "dot"] = _key(
        "additive", "how states of the source are weighed"
    )
    attention_size: int = _key(256, "hidden units of additive attention", low=1, high=8192)
    input_feeding: bool = _key(True, "each step reads what the last one attended to")
    dropout: float = _key(0.3, "dropout around the layers", low=0.0, high=0.95)
    variational: bool = _key(True, "dropout drops the same at every step of a sequence")
    tied: bool = _key(True, "the output layer has the vectors of the units it writes")


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchConfig:
    """How a translation is looked for; for translators."""

    beam: int = _key(5, "hypotheses that are followed; 1: the best step each time", low=1, high=256)
    length_penalty: float = _key(
        1.0, "strength of the reward for length (Wu et al. 2016)", low=0.0, high=10.0
    )
    pruning: float = _key(
        3.0,
        "hypotheses are dropped whose log-probability is so far below the best one's; 0: none",
        low=0.0,
        high=1000.0,
    )
    coverage_penalty: float = _key(
        0.0, "strength of the penalty for source that is not attended to", low=0.0, high=10.0
    )
    no_repeat_ngram: int = _key(
        0, "units of the n-grams that are written once at most; 0: any", low=0, high=100
    )
    min_length: int = _key(0, "units written at least", low=0, high=10**5)
    max_length: int = _key(
        0, "units written at most; 0: twice those of the source and 20 more", low=0, high=10**5
    )
    copy_unknown: bool = _key(True, "unknown words are copied from the source")
    long: Literal["split", "refuse"] = _key(
        "split", "what is done with a text of more units than encoder.max_length"
    )

    def __post_init__(self) -> None:
        """Refuse limits that leave nothing between them."""
        if 0 < self.max_length < self.min_length:
            raise ConfigError(
                f"search.min_length is {self.min_length} and search.max_length {self.max_length}: "
                "give a greatest length that is not below the least"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageModelConfig:
    """The network that tells what comes next; for generators."""

    direction: Literal["forward", "backward", "both"] = _key(
        "forward", "which way the text is read; both: for embeddings of taggers and classifiers"
    )
    window: int = _key(
        70, "units that a step of training reads of each stretch of the text", low=1, high=10**5
    )
    tied: bool = _key(True, "the output layer has the vectors of the units it writes")
    softmax: Literal["auto", "full", "adaptive"] = _key(
        "auto", "adaptive: rare units cost less time; auto: where there are many"
    )
    embedding_dropout: float = _key(
        0.1, "share of units that a step of training does not see", low=0.0, high=0.95
    )
    weight_dropout: float = _key(
        0.2, "share of the recurrent weights that a step leaves out", low=0.0, high=0.95
    )
    activation_penalty: float = _key(
        2.0, "strength of the penalty for large states", low=0.0, high=100.0
    )
    change_penalty: float = _key(
        1.0, "strength of the penalty for states that change much", low=0.0, high=100.0
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class SamplingConfig:
    """How a text is written; for generators."""

    temperature: float = _key(
        1.0, "below 1: likely units more often; 0: the likeliest each time", low=0.0, high=100.0
    )
    top_k: int = _key(0, "only so many of the likeliest units; 0: all", low=0, high=10**6)
    top_p: float = _key(
        1.0, "only the likeliest units that together have this probability", low=0.0, high=1.0
    )
    min_p: float = _key(
        0.0, "only units at least this share as likely as the likeliest", low=0.0, high=1.0
    )
    repetition_penalty: float = _key(
        1.0, "above 1: units that were there are rarer (Keskar et al. 2019)", low=1.0, high=100.0
    )
    no_repeat_ngram: int = _key(
        0, "units of the n-grams that are written once at most; 0: any", low=0, high=100
    )
    beam: int = _key(1, "hypotheses of a beam search; 1: units are drawn", low=1, high=256)
    length_penalty: float = _key(
        0.0, "strength of a beam's reward for length (Wu et al. 2016)", low=0.0, high=10.0
    )
    max_tokens: int = _key(100, "units written at most", low=1, high=10**6)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadConfig:
    """What stands on the encoder; for taggers."""

    crf: Literal["auto"] | bool = _key("auto", "CRF or softmax; auto: CRF for spans")
    scheme: Literal["auto", "iob1", "bio", "bioes", "bilou"] = _key(
        "auto", "tag scheme that spans are trained in; auto: bioes"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingConfig:
    """How the weights are found."""

    epochs: int = _key(0, "passes over train at most; 0: by the size of train", low=0, high=10**6)
    epochs_factor: float = _key(
        1.0, "what the number of epochs by the size of train is multiplied by", low=0.01, high=100.0
    )
    batch_tokens: int = _key(
        500, "padded tokens in a batch; 0: by the size of train", low=0, high=10**7
    )
    batch_sentences: int = _key(0, "sentences in a batch at most; 0: any number", low=0, high=10**7)
    optimizer: Literal["adamw", "sgd", "asgd"] = _key(
        "adamw", "optimizer; asgd: sgd whose weights are averaged from some epoch on"
    )
    momentum: float = _key(
        0.9, "Nesterov momentum of sgd; 0: none; with asgd 0.0", low=0.0, high=0.999
    )
    trigger: int = _key(5, "epochs without a better dev score before asgd begins to average", low=1)
    learning_rate: float = _key(
        0.003, "highest learning rate; with sgd 1.0, with asgd 10.0", low=0.0, high=1000.0
    )
    schedule: Literal["linear", "onecycle", "plateau", "constant"] = _key(
        "linear", "how the learning rate goes on behind its rise; with asgd constant"
    )
    warmup: float = _key(
        0.1, "share of all steps in which the rate rises; with onecycle 0.3", low=0.0, high=1.0
    )
    plateau_factor: float = _key(
        0.5, "what plateau multiplies the rate by when dev gets no better", low=0.01, high=0.99
    )
    plateau_patience: int = _key(
        2, "epochs without a better dev score before plateau lowers the rate", low=1
    )
    weight_decay: float = _key(
        0.01,
        "decay of weight matrices; with sgd 0.00001, with asgd 0.0000012",
        low=0.0,
        high=10.0,
    )
    clip_norm: float = _key(1.0, "highest norm of the gradient; with asgd 0.25", low=1e-9, high=1e9)
    mixed_precision: Literal["none", "auto", "bf16", "fp16"] = _key(
        "none", "computes in half precision; auto: bf16 where it is fast; fp16 on CUDA alone"
    )
    class_weights: str = _key(
        "none", "none, balanced, or how much labels and tags count: PER=2,O=0.5"
    )
    label_smoothing: float = _key(
        0.0, "share of the target that all tags, labels or units have in common", low=0.0, high=0.9
    )
    average: float = _key(
        0.9998, "highest decay of the averaged weights; 0: none", low=0.0, high=0.999999
    )
    patience: int = _key(
        6, "epochs without a better dev score, behind the first half, before the end", low=1
    )
    auxiliary: str = _key(
        "auto", "columns learnt beside the tags and then forgotten: auto, none, or XPOS+DEPREL"
    )
    auxiliary_weight: float = _key(0.1, "weight of each of these in the loss", low=0.0, high=10.0)
    checkpoint_seconds: float = _key(60.0, "longest time between checkpoints", low=0.0)

    def __post_init__(self) -> None:
        """Refuse class weights that cannot be read."""
        parse_class_weights(self.class_weights)


@dataclass(frozen=True, kw_only=True, slots=True)
class DistillationConfig:
    """Models that are trained first, from which the one that is kept then learns."""

    teachers: int = _key(
        0, "models to learn from, each trained as the last one; 0: none", low=0, high=100
    )
    share: float = _key(0.5, "share of the target that the teachers' tags have", low=0.0, high=1.0)
    sequences: int = _key(
        4, "tag sequences drawn from each teacher for a sentence", low=1, high=100
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class RunConfig:
    """A whole run."""

    task: Literal["tag", "classify", "translate", "generate"] = _key(
        "tag", "what is learnt: tags, labels of texts, translations, or what comes next"
    )
    preset: Literal["fast", "default", "best"] = _key("default", "values of keys not given")
    seed: int = _key(1, "of all random choices", low=0, high=2**63 - 1)
    device: str = _key("cpu", "torch device")
    threads: int = _key(1, "CPU threads; 0: as many as torch takes", low=0, high=4096)
    init: str = _key("", "run whose weights are the start")
    data: DataConfig = field(default_factory=DataConfig)
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    pooling: PoolingConfig = field(default_factory=PoolingConfig)
    linear: LinearConfig = field(default_factory=LinearConfig)
    units: UnitsConfig = field(default_factory=UnitsConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    language_model: LanguageModelConfig = field(default_factory=LanguageModelConfig)
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    distillation: DistillationConfig = field(default_factory=DistillationConfig)

    def __post_init__(self) -> None:
        """Refuse values that do not go together."""
        self._check_format()
        self._check_task()
        training = self.training
        if self.distillation.teachers and training.class_weights != "none":
            raise ConfigError(
                "training.class_weights is set, which has no meaning for tags that teachers give: "
                "leave it out, or set distillation.teachers=0"
            )
        if self.distillation.teachers and training.label_smoothing:
            raise ConfigError(
                "training.label_smoothing is set, but teachers smooth the targets already: leave "
                "it out, or set distillation.teachers=0"
            )

    def _check_task(self) -> None:
        """Refuse keys that only another task has a use for."""
        for key, item in all_keys().items():
            section, _, name = key.rpartition(".")
            tasks = KEY_TASKS.get(key, SECTION_TASKS.get(section, (self.task,)))
            if section and self.task not in tasks:
                value = getattr(getattr(self, section), name)
                if value != item.default:
                    *others, last = tasks
                    named = f"{', '.join(others)} and {last}" if others else last
                    has = "tasks {} have" if others else "task {} has"
                    raise ConfigError(
                        f"{key} is {value!r}, which only {has.format(named)} a use for, and this "
                        f"run's task is {self.task}: leave it out"
                    )
        if self.task != "tag" and self.training.auxiliary not in ("auto", "none"):
            raise ConfigError(
                f"training.auxiliary is {self.training.auxiliary!r}, and texts have no further "
                "columns to learn: leave it out"
            )
        if self.task in ("translate", "generate"):
            self._check_units()
        if self.task == "generate":
            self._check_generator()

    def _check_units(self) -> None:
        """Refuse what models that write do not have; their embedding layer has vectors alone."""
        for item in dataclasses.fields(self.embedding):
            value = getattr(self.embedding, item.name)
            if item.name not in ("word_size", "max_words") and value != item.default:
                raise ConfigError(
                    f"embedding.{item.name} is {value!r}, and task {self.task} reads units with a "
                    "vector each and nothing else: leave it out"
                )
        if self.embedding.word_size < 1:
            raise ConfigError("embedding.word_size is 0, and there is nothing else to be read")
        if self.training.class_weights != "none":
            raise ConfigError(
                f"training.class_weights is set, and what task {self.task} writes has no classes"
            )

    def _check_generator(self) -> None:
        """Refuse an encoder that would see what it is to tell."""
        if self.encoder.bidirectional:
            raise ConfigError(
                "encoder.bidirectional is True, and a generator that reads from both ends would "
                "see what comes next: leave it out; language_model.direction=both trains a network "
                "for each direction"
            )
        if self.encoder.attention:
            raise ConfigError(
                "encoder.attention is True, and generators read with recurrent cells alone: leave "
                "it out"
            )

    def _check_format(self) -> None:
        """Refuse files of another task."""
        formats = TASK_FORMATS[self.task]
        if self.data.format not in ("auto", *formats):
            raise ConfigError(
                f"data.format is {self.data.format!r}, and files for task {self.task} are in one "
                f"of {', '.join(formats)}: change one of the two"
            )


TASK_FORMATS = {
    "tag": ("conll", "conllu"),
    "classify": ("tsv", "csv", "jsonl", "fasttext", "folder"),
    "translate": ("pairs", "tsv", "jsonl"),
    "generate": ("text",),
}
"""The formats of files for each task."""


def from_mapping(cls: type[T], values: Mapping[str, Any], prefix: str = "") -> T:
    """Make a configuration of a nested mapping; what it does not name keeps its default.

    Args:
        cls: One of the dataclasses of this module.
        values: Key to value, or section to mapping.
        prefix: The section's name with a full stop behind, for messages.

    Raises:
        ConfigError: A key is unknown, or a value of the wrong type or out of range.
    """
    hints = typing.get_type_hints(cls)
    fields = {f.name: f for f in dataclasses.fields(cls)}
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        if name not in fields:
            raise ConfigError(_unknown_key(prefix, name, value))
        hint = hints[name]
        if dataclasses.is_dataclass(hint):
            if not isinstance(value, Mapping):
                raise ConfigError(f"{prefix}{name} is a section, not a value: write [{name}]")
            arguments[name] = from_mapping(typing.cast(type, hint), value, f"{prefix}{name}.")
        else:
            arguments[name] = _checked(f"{prefix}{name}", value, hint, fields[name].metadata)
    return cls(**arguments)


def to_mapping(config: DataclassInstance) -> dict[str, Any]:
    """Return a configuration as a nested dictionary of plain values."""
    return dataclasses.asdict(config)


def all_keys(cls: type = RunConfig, prefix: str = "") -> dict[str, dataclasses.Field[Any]]:
    """Return every key by its full name, such as ``encoder.hidden_size``, with its field."""
    hints = typing.get_type_hints(cls)
    keys: dict[str, dataclasses.Field[Any]] = {}
    for item in dataclasses.fields(cls):
        if dataclasses.is_dataclass(hints[item.name]):
            keys |= all_keys(hints[item.name], f"{prefix}{item.name}.")
        else:
            keys[prefix + item.name] = item
    return keys


def _unknown_key(prefix: str, name: str, value: object) -> str:
    """Say that a key is unknown, and which one was probably meant."""
    keys = list(all_keys())
    here = [key for key in keys if key.rpartition(".")[0] == prefix.rstrip(".")]
    sections = list(dict.fromkeys(key.partition(".")[0] for key in keys if "." in key))
    if isinstance(value, Mapping):
        here = keys = sections
    # A right name in the wrong section is as likely as a slip of the pen.
    near = (
        [key for key in keys if key.rpartition(".")[2] == name]
        or _nearest(name, here, 0.5)
        or _nearest(name, keys, 0.6)
    )
    if near:
        advice = f"did you mean {near[0]}?"
    elif prefix:
        names = ", ".join(key.removeprefix(prefix) for key in here)
        advice = f"the keys of [{prefix.rstrip('.')}] are {names}"
    else:
        advice = f"see `seqtag train --help` for the keys; sections are {', '.join(sections)}"
    return f"unknown key {prefix}{name}: {advice}"


def _nearest(name: str, keys: list[str], cutoff: float) -> list[str]:
    """Return the keys whose last part looks most like a name, if any looks like it at all."""
    near = difflib.get_close_matches(name, [k.rpartition(".")[2] for k in keys], 1, cutoff)
    return [key for key in keys if key.rpartition(".")[2] in near]


def _checked(name: str, value: Any, hint: Any, limits: Mapping[str, Any]) -> Any:  # noqa: ANN401 - values of any type come in and go out
    """Return the value as the field's type, or raise ConfigError."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):  # "auto" or a truth value
        options = typing.get_args(hint)
        for option in options:
            try:
                return _checked(name, value, option, limits)
            except ConfigError:
                continue
        raise ConfigError(f"{name} is {value!r}: give auto, true or false")
    if typing.get_origin(hint) is Literal:
        choices = typing.get_args(hint)
        if value not in choices or isinstance(value, bool):
            near = difflib.get_close_matches(str(value), choices, n=1)
            advice = f" (did you mean {near[0]}?)" if near else ""
            raise ConfigError(f"{name} is {value!r}: give one of {', '.join(choices)}{advice}")
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        try:
            value = float(value)
        except OverflowError:
            value = math.inf if value > 0 else -math.inf
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        wanted = {int: "a whole number", float: "a number", str: "text, in quotes"}
        raise ConfigError(f"{name} is {value!r}: give {wanted.get(hint, 'true or false')}")
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise ConfigError(f"{name} is {value!r}: this is no text in UTF-8, give another name")
    low, high = limits["low"], limits["high"]
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        span = f"{low} or more" if high is None else f"a value from {low} to {high}"
        raise ConfigError(f"{name} is {value!r}: give {span}")
    return value
