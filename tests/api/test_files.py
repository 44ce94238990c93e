from __future__ import annotations

import gzip
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seqtag
from seqtag.api import streams
from seqtag.api.files import InputFormat, tag_file
from seqtag.errors import ConfigError, DataError
from seqtag.io.results import ResultFormat
from tests.helpers import TINY

Write: TypeAlias = Callable[..., str]

CONLL = "\ufeff-DOCSTART- -X- O\r\n\r\nMr\tO\r\nHarlan\tO\r\n \t\r\n\r\nLake\tO\r\nOssel\tO"
CONLLU = """\
# newdoc
# text = Vámonos al mar .
1-2\tVámonos\t_\t_\t_\t_\t_\t_\t_\t_
1\tVamos\tir\tX\tX\t_\t_\t_\t_\tA=1
2\tnos\tnosotros\tX\tX\t_\t_\t_\t_\t_
3-4\tal\t_\t_\t_\t_\t_\t_\t_\t_
3\ta\ta\tX\tX\t_\t_\t_\t_\t_
4\tel\tel\tX\tX\t_\t_\t_\t_\t_
4.1\tnada\t_\tX\tX\t_\t_\t_\t_\t_
5\tmar\tmar\tX\tX\t_\t_\t_\t_\tSpaceAfter=No

# a comment alone

"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes text into a file and returns the file's name."""

    def write(text: str | bytes, name: str = "input.conll") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return str(path)

    return write


def tagged(tagger: seqtag.Tagger, source: str, **options: Any) -> str:  # noqa: ANN401
    return "".join(tag_file(tagger, source, **options))


def without_tags(text: str, columns: int = 1) -> list[str]:
    """Return lines without their last columns."""
    return [
        "\t".join(line.split("\t")[:-columns]) if "\t" in line.strip() else line
        for line in text.split("\n")
    ]


# CoNLL in, CoNLL out


def test_lines_are_kept_but_for_the_tag(ner: seqtag.Tagger, write: Write) -> None:
    expected = CONLL.split("\tO")
    first, second = (ner.tag(words).tags for words in (["Mr", "Harlan"], ["Lake", "Ossel"]))
    tags = ["\t" + tag for tag in first + second]
    whole = "".join(itertools.chain.from_iterable(zip(expected, [*tags, ""], strict=True)))
    assert tagged(ner, write(CONLL)) == whole


def test_file_without_tags_gets_them_appended(ner: seqtag.Tagger, write: Write) -> None:
    plain = "Mr\nHarlan\n\nLake\nOssel\n"
    out = tagged(ner, write(plain))
    assert [line.split("\t")[0] for line in out.split("\n")] == plain.split("\n")
    assert [line.split("\t")[1] for line in out.split("\n") if line] == [
        *ner.tag(["Mr", "Harlan"]).tags,
        *ner.tag(["Lake", "Ossel"]).tags,
    ]


def test_tagging_twice_changes_nothing_more(ner: seqtag.Tagger, write: Write, corpus: Path) -> None:
    once = tagged(ner, str(corpus / "test.conll"))
    assert tagged(ner, write(once)) == once


characters = st.characters(exclude_characters="\t\n\r ", exclude_categories=["Cs"])


@settings(max_examples=100)
@given(
    st.lists(st.lists(st.text(characters, min_size=1), max_size=5), max_size=8),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_any_file_keeps_its_lines(
    ner: seqtag.Tagger,
    tmp_path_factory: pytest.TempPathFactory,
    sentences: list[list[str]],
    ending: str,
    final: bool,
) -> None:
    """N tokens in, N tags out, in lines that begin as they did."""
    lines = [line for words in sentences for line in [*(f"{word}\tO" for word in words), ""]]
    text = ending.join(lines) + ending * final
    path = tmp_path_factory.getbasetemp() / "any.conll"
    path.write_text(text, "utf-8", newline="")
    for line, result in zip(text.split(ending), tagged(ner, str(path)).split(ending), strict=True):
        token, tab, _ = line.partition("\t")
        assert result.startswith(token + tab)
        assert result.removeprefix(token + tab) in (ner.tags_by["-1"] if tab else [""])


@pytest.mark.parametrize(
    "text", ["", "\n", "\n\n \n\r\n", "\ufeff", "\ufeff\n", "-DOCSTART-\tO\n\n"]
)
def test_file_without_sentences_comes_out_as_it_is(
    ner: seqtag.Tagger, write: Write, text: str
) -> None:
    assert tagged(ner, write(text)) == text


def test_gzip_is_read(ner: seqtag.Tagger, write: Write) -> None:
    assert tagged(ner, write(gzip.compress(CONLL.encode()))) == tagged(ner, write(CONLL, "b"))


def test_comments_are_kept_where_they_are_named(ner: seqtag.Tagger, write: Write) -> None:
    text = "# a comment\nMr\tO\n# another\nHarlan\tO\n\n"
    with pytest.raises(DataError, match=r"data\.comment=#"):
        tagged(ner, write(text))
    comments = {"train": write(text, "train"), "data.comment": "#"}
    tagger = seqtag.train(**{**TINY, **comments})
    out = tagged(tagger, write(text))
    assert [line for line in out.split("\n") if line.startswith("#")] == [
        *("# a comment", "# another")
    ]
    assert len(out.split("\n")) == 6


def test_columns_choose_the_tag(ner: seqtag.Tagger, write: Write) -> None:
    out = tagged(ner, write("1 Mr X a\n2  Harlan X b\n"), columns="token=1,tag=2")
    first, second = ner.tag(["Mr", "Harlan"]).tags
    assert out == f"1 Mr {first} a\n2  Harlan {second} b\n"


def test_huge_token_and_long_sentence(ner: seqtag.Tagger, write: Write) -> None:
    text = "x" * 300_000 + "\tO\n\n" + "Lake\tO\nOssel\tO\n" * 2500
    out = tagged(ner, write(text))
    assert without_tags(out) == without_tags(text)
    assert [line.split("\t")[1] for line in out.split("\n")[2:-1]] == (
        ner.tag(["Lake", "Ossel"] * 2500).tags
    )


def test_file_and_stream_of_sentences_agree(ner: seqtag.Tagger, corpus: Path) -> None:
    text = (corpus / "test.conll").read_text("utf-8")
    sentences = [
        [line.split("\t")[0] for line in block.split("\n")]
        for block in text.strip("\n").split("\n\n")
    ]
    expected = [result.tags for result in ner.tag_many(sentences)]
    out = tagged(ner, str(corpus / "test.conll")).strip("\n").split("\n\n")
    assert [[line.split("\t")[1] for line in block.split("\n")] for block in out] == expected


def test_confidence_is_a_further_column(ner: seqtag.Tagger, write: Write) -> None:
    out = tagged(ner, write("Mr\tO\nHarlan\tO\n"), confidence=True)
    result = ner.tag(["Mr", "Harlan"])
    assert out == "".join(
        f"{word}\t{tag}\t{score:.4f}\n"
        for word, tag, score in zip(result.tokens, result.tags, result.scores, strict=True)
    )


# CoNLL-U


def test_conllu_keeps_all_but_the_tags(pos: seqtag.Tagger, write: Write) -> None:
    source = write(CONLLU, "input.conllu")
    out = tagged(pos, source)
    result = pos.tag(["Vamos", "nos", "a", "el", "mar"])
    tags = {str(n + 1): (result.tags[n], result.tags_by["XPOS"][n]) for n in range(5)}
    for before, after in zip(CONLLU.split("\n"), out.split("\n"), strict=True):
        cells = before.split("\t")
        if cells[0] in tags:
            cells[3:5] = tags[cells[0]]
        assert after == "\t".join(cells)


def test_conllu_confidence_stands_in_misc(pos: seqtag.Tagger, write: Write) -> None:
    out = tagged(pos, write(CONLLU, "input.conllu"), confidence=True)
    score = pos.tag(["Vamos", "nos", "a", "el", "mar"]).scores[0]
    assert f"\tA=1|UPOSConfidence={score:.4f}|XPOSConfidence=" in out


def test_conllu_tags_may_go_under_other_names(pos: seqtag.Tagger, write: Write) -> None:
    out = tagged(pos, write(CONLLU, "input.conllu"), columns="token=FORM,tag=UPOS+Mine")
    assert "|Mine=" in out
    assert out.count("\tX\t_\t_") == CONLLU.count("\tX\t_\t_")


def test_model_from_conll_tags_conllu(ner: seqtag.Tagger, write: Write) -> None:
    out = tagged(ner, write(CONLLU, "input.conllu"))
    assert out.count("Tag=") == 5
    assert tagged(ner, write(CONLLU, "b.conllu"), columns="tag=NER").count("NER=") == 5


def test_model_from_conllu_tags_conll(pos: seqtag.Tagger, write: Write) -> None:
    out = tagged(pos, write("Harlan\nflew\n"))
    result = pos.tag(["Harlan", "flew"])
    assert out == "".join(
        f"{word}\t{a}\t{b}\n"
        for word, a, b in zip(result.tokens, *result.tags_by.values(), strict=True)
    )


# Tokens and text


def test_lines_of_tokens(ner: seqtag.Tagger, write: Write) -> None:
    out = tagged(ner, write("Mr  Harlan\n\nLake Ossel"), input="tokens")
    blocks = [result.tags for result in ner.tag_many([["Mr", "Harlan"], [], ["Lake", "Ossel"]])]
    assert [line.split("\t")[1] for line in out.split("\n") if line] == [*blocks[0], *blocks[2]]
    assert out.count("\n\n") == 2


def test_lines_of_text(ner: seqtag.Tagger, write: Write) -> None:
    text = "Harlan flew. He didn't stop.\n\nLake Ossel"
    out = tagged(ner, write(text), input="text", output="jsonl")
    found = [json.loads(line)["tokens"] for line in out.splitlines()]
    assert found == [["Harlan", "flew", "."], ["He", "did", "n't", "stop", "."], ["Lake", "Ossel"]]


@pytest.mark.parametrize("input", ["conll", "tokens", "text"])
@pytest.mark.parametrize("output", ["conll", "conllu", "jsonl"])
def test_every_input_can_be_written_in_every_format(
    ner: seqtag.Tagger, write: Write, input: InputFormat, output: ResultFormat
) -> None:
    text = "Lake\nOssel\n\n" if input == "conll" else "Lake Ossel\n"
    out = tagged(ner, write(text), input=input, output=output)
    first, second = ner.tag(["Lake", "Ossel"]).tags
    if output == "jsonl":
        assert json.loads(out)["tags"] == [first, second]
    elif output == "conll":
        assert out == f"Lake\t{first}\nOssel\t{second}\n\n"
    else:
        assert out.startswith("# text = Lake Ossel\n1\tLake\t_\t")
        assert f"Tag={second}" in out


def test_json_lines_tell_all(ner: seqtag.Tagger, write: Write) -> None:
    words = ["Harlan", "Deerk", "flew", "to", "Lake", "Ossel", "."]
    out = json.loads(tagged(ner, write(" ".join(words)), input="tokens", nbest=3))
    result = ner.tag(words, nbest=3)
    assert list(out) == ["tokens", "tags", "scores", "spans", "nbest"]
    assert (out["tokens"], out["tags"]) == (words, result.tags)
    assert out["scores"] == pytest.approx(result.scores, abs=1e-5)
    assert [item["tags"] for item in out["nbest"]] == [tags for tags, _ in result.nbest]
    scores = [item["score"] for item in out["nbest"]]
    assert scores == sorted(scores, reverse=True)
    assert [(s["start"], s["end"], s["label"], s["text"]) for s in out["spans"]] == [
        (s.start, s.end, s.label, s.text) for s in result.spans
    ]
    assert all(0 < span["score"] <= 1 for span in out["spans"])


def test_json_lines_have_no_nbest_unless_asked(ner: seqtag.Tagger, write: Write) -> None:
    out = json.loads(tagged(ner, write("Mr Harlan"), input="tokens", output="jsonl"))
    assert list(out) == ["tokens", "tags", "scores", "spans"]


# Wrong options and wrong input


def test_nbest_needs_json_lines(ner: seqtag.Tagger, write: Write) -> None:
    with pytest.raises(ConfigError, match="--nbest needs --output jsonl"):
        tag_file(ner, write("a"), nbest=2, output="conll")


def test_columns_mean_nothing_for_plain_text(ner: seqtag.Tagger, write: Write) -> None:
    with pytest.raises(ConfigError, match="--columns has no meaning for --input text"):
        tag_file(ner, write("a"), input="text", columns="tag=1")


@pytest.mark.parametrize("columns", ["tag=UPOS", "tag=UPOS+XPOS+FEATS"])
def test_columns_must_be_as_many_as_the_model_has(
    pos: seqtag.Tagger, write: Write, columns: str
) -> None:
    with pytest.raises(ConfigError, match=r"the model has 2 \(UPOS\+XPOS\)"):
        tag_file(pos, write("a", "a.conllu"), columns=columns)


def test_what_stands_before_a_bad_line_is_given(ner: seqtag.Tagger, write: Write) -> None:
    results = tag_file(ner, write(b"Mr\tO\n\nHarlan\tO\n\nLake\tO\tO\n\nOssel\tO\n"))
    out: list[str] = []
    with pytest.raises(DataError, match=r"input\.conll:5: ") as caught:
        out.extend(results)
    assert caught.value.line == 5
    assert without_tags("".join(out)) == ["Mr", "", "Harlan", "", ""]


def test_missing_file_is_named(ner: seqtag.Tagger, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.conll: cannot be read: no such file"):
        list(tag_file(ner, str(tmp_path / "nothing.conll")))


# What arrives when


def chunks(items: Iterator[Any], size: int = 1) -> Iterator[list[Any]]:
    return streams.arrived(items, lambda _: size)


def test_slow_source_gives_each_item_at_once() -> None:
    asked = threading.Semaphore(0)

    def slow() -> Iterator[int]:
        for number in range(5):
            asked.acquire()
            yield number

    results = chunks(slow())
    for number in range(5):
        asked.release()
        assert next(results) == [number]
    assert list(results) == []


def test_fast_source_gives_large_chunks_in_order() -> None:
    def source() -> Iterator[int]:
        yield from range(2000)

    results = chunks(source())
    first = next(results)
    time.sleep(0.2)
    rest = list(results)
    assert [*first, *itertools.chain.from_iterable(rest)] == list(range(2000))
    assert len(rest) < 100


def test_chunks_are_bounded_and_so_is_reading_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "CHUNK_TOKENS", 100)
    taken = 0

    def endless() -> Iterator[int]:
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield number

    for size, longest in ((9, 10), (0, 100), (1000, 1)):
        results = chunks(endless(), size)
        taken = 0
        for _ in range(50):
            assert len(next(results)) <= longest
        time.sleep(0.05)
        assert taken <= 50 * longest + streams._READ_AHEAD + 2


def test_failure_comes_behind_what_was_read() -> None:
    def failing() -> Iterator[int]:
        yield from range(10)
        raise DataError("broken", path="a", line=3)

    found: list[list[int]] = []
    with pytest.raises(DataError, match="a:3: broken"):
        found.extend(chunks(failing()))
    assert [*itertools.chain.from_iterable(found)] == list(range(10))


def test_abandoned_file_is_not_held(ner: seqtag.Tagger, write: Write) -> None:
    """Whoever takes the first results only leaves no thread and no open file behind."""
    results = tag_file(ner, write("Lake\tO\n\n" * 50_000))
    assert next(results)
    readers = [thread for thread in threading.enumerate() if thread.name == "seqtag-reader"]
    results.close()  # type: ignore[attr-defined]
    for thread in readers:
        thread.join(timeout=10)
        assert not thread.is_alive()
