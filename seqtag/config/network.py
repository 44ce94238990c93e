"""The sections of the network that every task has: embedding and encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqtag.config.keys import key
from seqtag.errors import ConfigError

MAPPED_TUNED = (
    "embedding.vectors_tuned trains vectors further, which those in a mapped file are not: leave "
    "it out, or take embedding.vectors_words=needed"
)
"""What is said where vectors are to be both."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbeddingConfig:
    """Sizes of what a token's vector is made of; a size of 0 leaves a part out."""

    word_size: int = key(100, "word vector", low=0, high=4096)
    word_min_count: int = key(1, "rarer words have no vector of their own", low=1, high=10**6)
    max_words: int = key(100_000, "words with a vector of their own, at most", low=1, high=10**8)
    unknown_word_dropout: float = key(
        0.25, "a word seen n times is dropped with probability x / (x + n)", low=0.0, high=100.0
    )
    ngram_size: int = key(100, "vector of affixes, n-grams and shape", low=0, high=4096)
    ngram_min_words: int = key(
        2, "n-grams of fewer different words have no vector", low=1, high=10**6
    )
    max_ngrams: int = key(2**17, "n-grams with a vector of their own, at most", low=1, high=2**24)
    characters: Literal["none", "cnn", "lstm"] = key("none", "character encoder")
    character_size: int = key(32, "vector of a character", low=1, high=1024)
    character_hidden_size: int = key(64, "vector of a word's characters; even", low=2, high=4096)
    vectors: str = key(
        "", "file of pretrained word vectors: GloVe, word2vec, fastText (.vec, .bin) or floret"
    )
    vectors_words: Literal["all", "needed", "mapped"] = key(
        "all",
        "needed: only vectors of words in train, dev and test are kept; mapped: all, looked up in "
        "a file of the model's, as it is for files with n-grams",
    )
    vectors_tuned: bool = key(False, "pretrained vectors are trained further, not frozen")
    text: str = key(
        "", "raw texts from which vectors of words are learnt first, with commas between"
    )
    text_size: int = key(
        100, "numbers of each of the two vectors of a word that are learnt so", low=1, high=2048
    )
    language_model: str = key(
        "", "generators whose states are read, with commas between; --direction both trains one"
    )
    language_model_size: int = key(256, "vector made of these states", low=1, high=4096)
    feature_size: int = key(25, "vector of each feature column's value", low=1, high=1024)
    gazetteers: str = key("", "files of phrases, with commas between; a label may follow a tab")
    gazetteer_size: int = key(10, "vector of a token's place in a phrase", low=1, high=1024)
    gazetteer_case: bool = key(False, "phrases match only in their own upper and lower case")

    def __post_init__(self) -> None:
        """Refuse what does not go together."""
        if self.vectors_words == "mapped" and self.vectors_tuned:
            raise ConfigError(MAPPED_TUNED)
        if self.vectors_words == "mapped" and self.text:
            raise ConfigError(
                "embedding.vectors_words=mapped is for files of vectors, and those of "
                "embedding.text are learnt: leave one of them out"
            )
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

    cell: Literal["lstm", "gru", "rnn", "peephole"] = key("lstm", "recurrent cell")
    bidirectional: bool = key(True, "sentences are read from both ends")
    hidden_size: int = key(256, "state of one direction", low=1, high=8192)
    num_layers: int = key(1, "layers", low=1, high=32)
    attention: bool = key(False, "self-attention on the last layer")
    attention_heads: int = key(4, "heads of the self-attention", low=1, high=64)
    dropout: float = key(0.5, "dropout around the layers", low=0.0, high=0.95)
    variational: bool = key(True, "dropout drops the same at every token of a sentence")
    max_length: int = key(
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
