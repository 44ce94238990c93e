from __future__ import annotations

import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtag.errors import ConfigError
from seqtag.text.sentence import Sentence
from seqtag.text.tokenization import MAX_SPACY_TOKEN, Tokenizer
from tests.helpers import run_threads

BLOB = "h" * (MAX_SPACY_TOKEN + 1)

# Anything at all, mixed with what sentences, abbreviations and addresses are made of.
PIECES = ["Mr. ", "e.g.", "don't", "...", "?!", "http://a.b/c?d=e", ":-)", "10km/h", "U.S.A.", "'"]
PIECES += [
    "\n",
    "\r\n",
    " \n\t\n",
    "\u2028",
    "\x85",
    "\ufeff",
    "\xa0",
    "…",
    "。",
    "😀",
    "\0",
    "\ud800",
]
pieces = st.one_of(st.sampled_from(PIECES), st.text(st.characters()))
wild_texts = st.lists(pieces, max_size=12).map("".join)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer("en")


@pytest.fixture(scope="module", params=["en", "xx", "zh"])
def any_tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    return Tokenizer(request.param)


def tokens(sentences: list[Sentence]) -> list[str]:
    return [" ".join(sentence.tokens) for sentence in sentences]


def test_text_becomes_sentences_of_tokens(tokenizer: Tokenizer) -> None:
    text = "Ada Lovelace didn't live in Paris. She lived in London (U.K.)!"
    assert tokens(list(tokenizer.split(text))) == [
        "Ada Lovelace did n't live in Paris .",
        "She lived in London ( U.K. ) !",
    ]


def test_offsets_are_those_in_the_whole_text(tokenizer: Tokenizer) -> None:
    text = " It rains.  It pours. "
    first, second = tokenizer.split(text)
    assert first.text == second.text == text
    assert second.offsets == [(12, 14), (15, 20), (20, 21)]


@settings(max_examples=150)
@given(wild_texts)
def test_offsets_cut_the_tokens_out_of_any_text(any_tokenizer: Tokenizer, text: str) -> None:
    sentences = list(any_tokenizer.split(text))
    found = [
        (*place, token)
        for sentence in sentences
        for place, token in zip(sentence.offsets, sentence.tokens, strict=True)
    ]
    assert all(text[start:end] == token for start, end, token in found)
    assert all(token and not token.isspace() for _, _, token in found)
    # In order, without overlap, and nothing but white space between.
    position = 0
    for start, end, _ in found:
        assert not text[position:start].strip()
        assert position <= start
        position = end
    assert not text[position:].strip()


@settings(max_examples=100)
@given(wild_texts)
def test_one_sentence_has_the_tokens_of_all_sentences(tokenizer: Tokenizer, text: str) -> None:
    whole = tokenizer.tokenize(text)
    assert whole.text == text or not whole.tokens
    parts = list(tokenizer.split(text))
    assert whole.tokens == [token for sentence in parts for token in sentence.tokens]
    assert whole.offsets == [place for sentence in parts for place in sentence.offsets]


@pytest.mark.parametrize("blank", ["\n\n", "\r\n\r\n", "\n \t\n", " \n\n\n "])
def test_blank_line_ends_a_sentence(tokenizer: Tokenizer, blank: str) -> None:
    assert tokens(list(tokenizer.split(f"A headline{blank}and text"))) == ["A headline", "and text"]


@pytest.mark.parametrize("space", [" ", "   ", "\n", "\r\n", "\t\n ", "\u2028"])
def test_full_stop_ends_a_sentence_whatever_white_space_follows(
    tokenizer: Tokenizer, space: str
) -> None:
    assert tokens(list(tokenizer.split(f"One.{space}Two"))) == ["One .", "Two"]


@pytest.mark.parametrize("space", [" ", "\n", "\r\n", "\t\n ", "\u2028"])
def test_other_white_space_does_not_end_a_sentence(tokenizer: Tokenizer, space: str) -> None:
    assert tokens(list(tokenizer.split(f"no{space}end"))) == ["no end"]


@pytest.mark.parametrize("text", ["", " ", "\n \n", "\u2028"])
def test_text_without_tokens_is_no_sentence(tokenizer: Tokenizer, text: str) -> None:
    assert list(tokenizer.split(text)) == []
    assert tokenizer.tokenize(text) == Sentence([], text=text)


def test_long_run_without_spaces_is_one_token(tokenizer: Tokenizer) -> None:
    text = f"({BLOB} is (more) than {BLOB}, or {BLOB}"
    expected = [f"({BLOB}", "is", "(", "more", ")", "than", f"{BLOB},", "or", BLOB]
    assert tokenizer.tokenize(text).tokens == expected


def test_long_run_does_not_end_a_sentence_nor_go_on_with_one(tokenizer: Tokenizer) -> None:
    sentences = list(tokenizer.split(f"One. {BLOB} is two. Three"))
    assert [sentence.tokens for sentence in sentences] == [
        ["One", "."],
        [BLOB, "is", "two", "."],
        ["Three"],
    ]


def test_long_run_of_a_script_without_spaces_is_still_split() -> None:
    sentences = list(Tokenizer("zh").split("你好。" * MAX_SPACY_TOKEN))
    assert len(sentences) == MAX_SPACY_TOKEN
    assert sentences[-1].tokens == ["你", "好", "。"]


@pytest.mark.parametrize("blob", ["x", "(", "http://a.b/", "'", "😀"])
def test_blobs_take_no_time(tokenizer: Tokenizer, blob: str) -> None:
    """300,000 characters in one run, and runs that are just short enough for spaCy."""
    blob *= 300_000 // len(blob)
    tokenizer.tokenize("warm")
    started = time.process_time()
    assert tokenizer.tokenize(blob).tokens == [blob]
    tokenizer.tokenize(" ".join([blob[:MAX_SPACY_TOKEN]] * 3))
    assert time.process_time() - started < 2


@pytest.mark.parametrize("language", ["qq", "abc"])
def test_language_that_spacy_does_not_know_is_refused(language: str) -> None:
    with pytest.raises(ConfigError, match=f"no tokenizer for language '{language}'.*xx works"):
        Tokenizer(language).tokenize("a")


@pytest.mark.parametrize(
    "language", ["", "e", "EN", "en\n", "../x", "os.path", "en_core_web_sm", "/etc", "é", "en-GB"]
)
def test_name_that_is_no_language_code_is_never_looked_up(language: str) -> None:
    with pytest.raises(ConfigError, match="give a spaCy language code like en"):
        Tokenizer(language)


def test_nothing_is_loaded_for_a_text_without_tokens() -> None:
    assert Tokenizer("qq").tokenize(" ").tokens == []


def test_threads_may_share_a_tokenizer(tokenizer: Tokenizer) -> None:
    """The memory zones of spaCy break where two threads are in one at the same time."""

    def work(thread: int) -> None:
        for turn in range(20):
            text = f"Word{thread}x{turn} met Mr. Fox{thread}{turn}. And then?"
            first, second = tokenizer.split(text)
            assert first.tokens[-2] == f"Fox{thread}{turn}"
            assert second.tokens == ["And", "then", "?"]

    run_threads(work, 4)


def test_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(ConfigError, match="spaCy, which is not installed: pip install spacy"):
        Tokenizer("en").tokenize("Raw text.")
