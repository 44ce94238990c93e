"""torchtext itself: vocabularies, vectors, tokenizers and data sets.

The library is installed in an environment of its own (``nox -s torchtext``). Elsewhere only what is
said where it is missing is tested.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import seqtag
from seqtag.errors import ConfigError, DataError
from seqtag.integrations.torchtext import from_vectors, from_vocab, to_vocab
from seqtag.text.tokenization import make_tokenizer
from seqtag.text.torchtext import load_torchtext
from seqtag.text.vocabulary import Vocabulary
from tests.helpers import TINY
from tests.vector_files import read_vectors

try:
    load_torchtext("this test")
except ConfigError as error:
    MISSING = str(error)
else:
    MISSING = ""

with_library = pytest.mark.skipif(MISSING != "", reason=MISSING)

WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), unique=True)

TEXT = "She said \"It's GOOD\"; I (don't)\nknow: 2.5 km, İstanbul, Straße."


# Where the library is missing


@pytest.mark.parametrize("call", [from_vocab, from_vectors, to_vocab])
def test_missing_library_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, call: Callable[[Any], object]
) -> None:
    monkeypatch.setitem(sys.modules, "torchtext", None)
    with pytest.raises(ConfigError) as caught:
        call(Vocabulary(["a"], has_unknown=True))
    assert str(caught.value).endswith("which is not installed: pip install 'seqtag[torchtext]'")
    assert "\n" not in str(caught.value)


# Vocabularies


@with_library
@given(WORDS, st.booleans())
def test_vocabulary_keeps_its_numbers_and_comes_back(words: list[str], has_unknown: bool) -> None:
    if "<unk>" in words and has_unknown:
        words.remove("<unk>")
    vocabulary = Vocabulary(words, has_unknown=has_unknown)
    vocab = to_vocab(vocabulary)
    assert len(vocab) == len(vocabulary)
    assert vocab.lookup_indices(words) == vocabulary.encode(words)
    back = from_vocab(vocab)
    assert (back.items, back.has_unknown) == (words, has_unknown)
    if has_unknown:
        unlisted = "".join([*words, "x"])
        assert vocab[unlisted] == vocabulary[unlisted] == back[unlisted] == 0


@with_library
def test_vocabulary_without_an_unknown_entry_refuses_unlisted_words_there_too() -> None:
    vocab = to_vocab(Vocabulary(["a"], has_unknown=False))
    with pytest.raises(RuntimeError):
        vocab["b"]
    with pytest.raises(KeyError):
        from_vocab(vocab)["b"]


@with_library
def test_name_of_the_unknown_entry_is_not_a_word_of_the_vocabulary() -> None:
    vocabulary = Vocabulary(["<unk>", "a"], has_unknown=True)
    with pytest.raises(ConfigError, match="lists '<unk>': give unknown= another string"):
        to_vocab(vocabulary)
    back = from_vocab(to_vocab(vocabulary, unknown="[UNK]"))
    assert back.items == ["<unk>", "a"]


@with_library
def test_vocab_built_by_torchtext_keeps_its_numbers() -> None:
    from torchtext.vocab import build_vocab_from_iterator

    lines = [["the", "cat", "sat"], ["the", "mat"]]
    vocab = build_vocab_from_iterator(lines, specials=["<unk>", "<pad>"])
    vocab.set_default_index(vocab["<unk>"])
    vocabulary = from_vocab(vocab)
    for word in ("<pad>", "the", "cat", "sat", "mat", "dog"):
        assert vocabulary[word] == vocab[word]
    again = to_vocab(vocabulary)
    assert again.get_itos() == vocab.get_itos()
    assert again.get_default_index() == vocab.get_default_index()


@with_library
def test_unknown_word_that_is_not_the_first_becomes_the_first() -> None:
    from torchtext.vocab import build_vocab_from_iterator

    vocab = build_vocab_from_iterator([["a", "b"]], specials=["<pad>", "<unk>"])
    vocab.set_default_index(1)
    vocabulary = from_vocab(vocab)
    assert vocabulary.encode(["<unk>", "<pad>", "a", "b", "c"]) == [0, 1, 2, 3, 0]


@with_library
def test_vocab_whose_default_index_is_that_of_no_word_is_refused() -> None:
    vocab = to_vocab(Vocabulary(["a"], has_unknown=False))
    vocab.set_default_index(-1)
    with pytest.raises(ConfigError, match="default index is -1, which no string has"):
        from_vocab(vocab)


@with_library
@pytest.mark.parametrize("call", [from_vocab, from_vectors])
def test_other_objects_are_refused(call: Callable[[Any], object]) -> None:
    with pytest.raises(ConfigError, match=r"^dict is no torchtext\.vocab\."):
        call({"a": 1})


# Vectors


def vectors_of(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch, **settings: int) -> Any:  # noqa: ANN401 - it publishes no types
    """Return the vectors that torchtext reads from a file."""
    from torchtext.vocab import Vectors

    # It turns off the check of certificates for the whole program.
    kept = ssl._create_default_https_context
    monkeypatch.setattr(ssl, "_create_default_https_context", kept)
    path = folder / "vectors.txt"
    path.write_text(text, "utf-8")
    return Vectors(str(path), cache=str(folder / "cache"), **settings)


@with_library
@pytest.mark.parametrize("header", ["", "3 3\n"])
def test_vectors_are_those_that_the_file_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    text = f"{header}the 0.1 0.2 3\nof -0.3 1e-3 4\nÜber 4 5 6\n"
    found = from_vectors(vectors_of(tmp_path, text, monkeypatch))
    expected = read_vectors(tmp_path / "vectors.txt")
    assert found.words == expected.words == ["the", "of", "Über"]
    assert found.array.dtype == np.float32
    assert np.array_equal(found.array, expected.array)


@with_library
def test_of_a_word_that_is_listed_twice_the_row_is_that_of_torchtext(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = vectors_of(
        tmp_path, "a 1 2 3\nb 3 4 5\na 5 6 7\nc 7 8 9\n", monkeypatch, max_vectors=3
    )
    found = from_vectors(vectors)
    assert found.words == ["a", "b"]
    assert found.array.tolist() == [vectors[word].tolist() for word in found.words]


@with_library
def test_value_that_is_no_number_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = vectors_of(tmp_path, "a 1 2 3\nb nan 4 5\n", monkeypatch)
    with pytest.raises(DataError, match="the vector of 'b' holds a value that is no finite"):
        from_vectors(vectors)


# Tokenizers


@with_library
@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("basic_english", "torchtext"),
        ("moses", "sacremoses"),
        ("toktok", "nltk"),
        ("revtok", "revtok"),
        ("subword", "revtok"),
    ],
)
def test_tokens_are_those_of_torchtext(name: str, library: str) -> None:
    pytest.importorskip(library)
    from torchtext.data.utils import get_tokenizer

    sentence = make_tokenizer(f"torchtext:{name}", "en").tokenize(TEXT)
    assert sentence.tokens == " ".join(get_tokenizer(name)(TEXT)).split()
    written = [sentence.text[first:last].lower() for first, last in sentence.offsets]
    assert written == [token.lower() for token in sentence.tokens]
    if name in ("basic_english", "toktok", "revtok"):  # the others write other characters
        assert sentence.text == TEXT


@with_library
def test_pipeline_of_spacy_that_is_not_installed_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ConfigError, match=r"spacy needs what is not installed \(.*E050.*\): inst"):
        make_tokenizer("torchtext:spacy", "zz").tokenize("a")
    assert capsys.readouterr().out == ""


# Data sets


def reviews() -> Iterator[tuple[int, str]]:
    """Yield what a data set of torchtext's yields: a number, and a text."""
    for _ in range(20):
        yield 2, 'A GOOD film, and "funny".'
        yield 1, "A bad film; not funny."


@with_library
def test_classifier_is_trained_on_a_data_set(tmp_path: Path) -> None:
    from torchtext.data.functional import to_map_style_dataset

    settings = {**TINY, "data.tokenizer": "torchtext:basic_english"}
    seqtag.train(
        task="classify",
        train=reviews(),
        dev=to_map_style_dataset(reviews()),
        output=tmp_path / "run",
        **settings,
    )
    classifier = seqtag.load(tmp_path / "run")
    assert {"good", "funny", "a"} < set(classifier.spec.words)
    assert "GOOD" not in classifier.spec.words
    for label, text in [*reviews()][:2]:
        assert classifier.classify(text).label == str(label)


@with_library
def test_tagger_is_trained_on_a_data_set() -> None:
    from torchtext.data.functional import to_map_style_dataset

    examples = [(["the", "cat"], ["DET", "NOUN"], ["DT", "NN"])] * 20  # as UDPOS yields them
    data = to_map_style_dataset(iter(examples))
    tagger = seqtag.train(train=data, dev=data, **TINY)
    assert tagger.tag(["the", "cat"]).tags_by == {"1": ["DET", "NOUN"], "2": ["DT", "NN"]}
