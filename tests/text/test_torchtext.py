"""Tokenizers of torchtext where the library is not: places in texts, messages, and who uses them.

With the library itself they are tested in tests/integrations/test_torchtext.py.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seqtag
from seqtag.errors import ConfigError
from seqtag.text.cleaning import LineCleaner
from seqtag.text.sentence import Sentence
from seqtag.text.tokenization import KINDS, make_tokenizer
from seqtag.text.torchtext import NAMES, TorchtextTokenizer, find_tokens, load_torchtext
from seqtag.text.units import Words, learn_units, units_from_json
from tests.helpers import TINY, TINY_TRANSLATOR

KIND = "torchtext:basic_english"


def small_words(text: str) -> list[str]:
    """Stand in for a tokenizer that changes what it reads: small letters, no quotes."""
    return re.findall(r"[\w\u0307]+|[^\w\s]", text.lower().replace('"', " "))


def put_in_place(monkeypatch: pytest.MonkeyPatch, split: Callable[[str], list[str]]) -> None:
    """Put a module with a single tokenizer in the place of torchtext."""
    for name in ("torchtext", "torchtext.data", "torchtext.data.utils"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    top, utils = sys.modules["torchtext"], sys.modules["torchtext.data.utils"]
    monkeypatch.setattr(top, "disable_torchtext_deprecation_warning", lambda: None, raising=False)
    monkeypatch.setattr(utils, "get_tokenizer", lambda name: split, raising=False)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_place(monkeypatch, small_words)


# Places in texts


@given(st.text(max_size=40))
def test_small_tokens_are_found_in_any_text(text: str) -> None:
    tokens = [token.lower() for token in text.split()]
    places = find_tokens(tokens, text)
    assert places is not None
    assert [text[first:last] for first, last in places] == text.split()


def test_tokens_that_are_not_in_the_text_have_no_places() -> None:
    assert find_tokens(["a", "&quot;", "b"], 'a " b') is None
    assert find_tokens(["b", "a"], "a b") is None
    assert find_tokens([], "a b") == []


@pytest.mark.usefixtures("small")
def test_sentence_has_its_tokens_and_where_they_stand() -> None:
    text = 'She said "İstanbul IS far".'
    sentence = make_tokenizer(KIND, "en").tokenize(text)
    assert sentence.tokens == small_words(text)
    assert sentence.text == text
    written = [text[first:last] for first, last in sentence.offsets]
    assert written == ["She", "said", "İstanbul", "IS", "far", "."]


def test_sentence_whose_tokens_stand_nowhere_is_that_of_the_tokens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_in_place(monkeypatch, lambda text: text.replace("'", "&apos;").split())
    assert make_tokenizer(KIND, "en").tokenize("it 's") == Sentence(["it", "&apos;s"])


def test_white_space_in_tokens_parts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_place(monkeypatch, lambda text: [" a b ", " ", "c"])
    sentence = make_tokenizer(KIND, "en").tokenize("a b c")
    assert sentence.tokens == ["a", "b", "c"]
    assert sentence.offsets == [(0, 1), (2, 3), (4, 5)]


# What is not there


def test_library_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torchtext", None)
    tokenizer = make_tokenizer(KIND, "en")  # a model can be opened without it
    with pytest.raises(ConfigError) as caught:
        tokenizer.tokenize("a b")
    message = str(caught.value)
    assert message == (
        "data.tokenizer=torchtext:basic_english needs torchtext, which is not installed: "
        "pip install 'seqtag[torchtext]'"
    )


class _Broken:
    """Finds torchtext, and fails as its compiled part does with another torch."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "torchtext":
            raise OSError("undefined symbol\nmore")


def test_library_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torchtext", raising=False)
    monkeypatch.setattr(sys, "meta_path", [_Broken(), *sys.meta_path])
    with pytest.raises(ConfigError) as caught:
        load_torchtext("this")
    assert re.fullmatch(
        r"this needs torchtext, which is installed and does not load with torch [0-9.]+\S*: "
        r"pip install 'seqtag\[torchtext\]' in an environment of its own",
        str(caught.value),
    )


@pytest.mark.parametrize("error", [ImportError, OSError, AttributeError])
def test_what_a_tokenizer_needs_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: type[Exception]
) -> None:
    put_in_place(monkeypatch, small_words)

    def get_tokenizer(name: str) -> None:
        print("Please install it.")
        raise error(f"No module named {name}\nand more")

    monkeypatch.setattr(sys.modules["torchtext.data.utils"], "get_tokenizer", get_tokenizer)
    with pytest.raises(ConfigError, match=r"\(No module named toktok\): install it, or take"):
        make_tokenizer("torchtext:toktok", "en").tokenize("a")
    assert capsys.readouterr().out == ""


def test_unknown_tokenizer_is_refused() -> None:
    with pytest.raises(ConfigError, match="'torchtext:basic': the tokenizers of torchtext are ba"):
        make_tokenizer("torchtext:basic", "en")
    assert {f"torchtext:{name}" for name in NAMES} < set(KINDS)


# Who uses them


@pytest.mark.usefixtures("small")
def test_words_are_as_the_tokenizer_gives_them() -> None:
    text = 'The "Cat" sat: on, THE mat.'
    words = learn_units("word", [text], size=9, min_count=1, tokenizer=KIND, language="en")
    assert isinstance(words, Words)
    expected = [" the", " cat", " sat", ":", " on", ",", " the", " mat", "."]
    assert words.split(text) == expected
    encoded = words.encode(text)
    assert words.decode(encoded.numbers, encoded.texts) == "the cat sat: on, the mat."
    assert units_from_json(words.to_json()) == words


def test_words_without_places_have_a_space_each(monkeypatch: pytest.MonkeyPatch) -> None:
    put_in_place(monkeypatch, lambda text: text.replace("'", " &apos;").split())
    assert Words([], tokenizer=KIND).split("it's") == [" it", " &apos;s"]


@pytest.mark.usefixtures("small")
def test_lines_are_split_into_its_tokens() -> None:
    assert LineCleaner("split", KIND)("The cat , it's") == "the cat , it ' s"


@pytest.mark.usefixtures("small")
def test_classifier_splits_as_it_was_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = [("A GOOD film", "good"), ('a "bad" film', "bad")] * 20
    run = tmp_path / "run"
    settings = {**TINY, "data.tokenizer": KIND}
    trained = seqtag.train(task="classify", train=examples, dev=examples, output=run, **settings)
    classifier = seqtag.load(run)
    assert isinstance(classifier.tokenizer, TorchtextTokenizer)
    assert sorted(classifier.spec.words) == ["a", "bad", "film", "good"]
    for text, label in examples[:2]:
        found = classifier.classify(text)
        assert found == trained.classify(text)
        assert (found.label, found.text) == (label, text)
        assert found.tokens == small_words(text)
    assert "tokenized by torchtext's `basic_english`" in (
        (tmp_path / "run" / "model" / "README.md").read_text("utf-8")
    )
    monkeypatch.setitem(sys.modules, "torchtext", None)
    opened = seqtag.load(run)
    assert opened.classify(["a", "good", "film"]).label == "good"
    with pytest.raises(ConfigError, match="pip install 'seqtag"):
        opened.classify("a good film")


@pytest.mark.parametrize(
    ("settings", "examples"),
    [
        ({"task": "classify", **TINY}, [("a", "X"), ("b", "Y")]),
        ({**TINY_TRANSLATOR, "units.target": "word"}, [("a", "b")]),
        ({"task": "generate", "units.text": "word"}, ["a b"]),
        ({"task": "generate", "units.text": "char", "data.artefacts": "split"}, ["a b"]),
    ],
)
def test_missing_library_is_told_before_training(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], examples: list[object]
) -> None:
    monkeypatch.setitem(sys.modules, "torchtext", None)
    given: dict[str, object] = {**settings, "data.tokenizer": KIND, "train": examples}
    with pytest.raises(ConfigError, match="needs torchtext, which is not installed"):
        seqtag.train(**given)  # type: ignore[arg-type]  # keys of the configuration


def test_mistyped_tokenizer_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"data\.tokenizer is 'spcay'.*did you mean spacy\?"):
        seqtag.train(task="classify", train=[("a", "X")], **{"data.tokenizer": "spcay"})  # type: ignore[arg-type]
