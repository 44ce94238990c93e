"""Vocabularies and word vectors from torchtext and to it.

from seqtag.integrations.torchtext import from_vectors, from_vocab, to_vocab

words = from_vocab(torchtext.vocab.build_vocab_from_iterator(lists_of_tokens))
vectors = from_vectors(torchtext.vocab.GloVe("6B"))
"""

from __future__ import annotations

from typing import Any

from seqtag.api.given_vectors import word_vectors
from seqtag.errors import ConfigError
from seqtag.io.vectors import WordVectors
from seqtag.text.torchtext import load_torchtext
from seqtag.text.vocabulary import UNKNOWN, Vocabulary


def to_vocab(vocabulary: Vocabulary, *, unknown: str = "<unk>") -> Any:  # noqa: ANN401 - it publishes no types
    """Return a vocabulary as a ``torchtext.vocab.Vocab`` in which all strings have their numbers.

    Args:
        vocabulary: The vocabulary. If it has an unknown entry, this gets the default index of the
            result; else unlisted strings are an error there as here.
        unknown: The string that the unknown entry is called, since in torchtext it is one.

    Raises:
        ConfigError: torchtext is not installed, or the string is listed already.
    """
    load_torchtext("a torchtext.vocab.Vocab")
    from torchtext.vocab import vocab

    if vocabulary.has_unknown and unknown in vocabulary:
        raise ConfigError(f"the vocabulary lists {unknown!r}: give unknown= another string")
    specials = [unknown] if vocabulary.has_unknown else []
    made = vocab(dict.fromkeys(vocabulary, 1), specials=specials)
    if vocabulary.has_unknown:
        made.set_default_index(UNKNOWN)
    return made


def from_vocab(vocab: Any) -> Vocabulary:  # noqa: ANN401 - it publishes no types
    """Return a ``torchtext.vocab.Vocab`` as a vocabulary.

    Without a default index, unlisted strings have no number. With one, the string that has it is
    the unknown entry; other special strings, such as ``<pad>``, are strings as any others. All
    numbers stay the same if the default index is 0, the only number that the unknown entry can
    have; if it is another one, the strings before that one get a number higher by 1.

    Args:
        vocab: The vocabulary.

    Raises:
        ConfigError: torchtext is not installed, this is no such vocabulary, or no string has its
            default index.
    """
    load_torchtext("a torchtext.vocab.Vocab")
    from torchtext.vocab import Vocab

    if not isinstance(vocab, Vocab):
        raise ConfigError(f"{type(vocab).__name__} is no torchtext.vocab.Vocab: give one")
    strings, default = vocab.get_itos(), vocab.get_default_index()
    if default is None:
        return Vocabulary(strings, has_unknown=False)
    if not 0 <= default < len(strings):
        raise ConfigError(
            f"the default index is {default}, which no string has: call set_default_index with the "
            "number of the unknown word"
        )
    del strings[default]
    return Vocabulary(strings, has_unknown=True)


def from_vectors(vectors: Any) -> WordVectors:  # noqa: ANN401 - it publishes no types
    """Return a ``torchtext.vocab.Vectors``, such as a ``GloVe`` or ``FastText``, as word vectors.

    Rows of an empty word are left out; of a word that is listed twice the row is taken that
    torchtext gives for it.

    Args:
        vectors: The vectors.

    Raises:
        ConfigError: torchtext is not installed, or these are no such vectors.
        DataError: They hold no word, or a value that is no finite number.
    """
    load_torchtext("a torchtext.vocab.Vectors")
    from torchtext.vocab import Vectors

    if not isinstance(vectors, Vectors):
        raise ConfigError(f"{type(vectors).__name__} is no torchtext.vocab.Vectors: give one")
    return word_vectors(vectors)
