from __future__ import annotations

import gzip
import json
import subprocess
import time
from pathlib import Path
from typing import IO

import pytest

import seqtag
from tests.helpers import call, run_program, start_program

TEXT = "Harlan\tO\nDeerk\tO\n\nLake\tO\nOssel\tO\n"


def tags_of(tagger: seqtag.Tagger, *sentences: list[str]) -> list[list[str]]:
    return [result.tags for result in tagger.tag_many(sentences)]


def test_file_and_standard_input_are_the_same(ner_run: Path, tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text(TEXT)
    first = call("tag", ner_run, tmp_path / "a.conll")
    assert first.status == 0
    assert first.err == ""
    for words in (["tag", ner_run], ["tag", ner_run, "-"]):
        assert call(*words, stdin=TEXT.encode()) == first
        assert call(*words, stdin=gzip.compress(TEXT.encode())) == first
    assert run_program("tag", ner_run, stdin=TEXT.encode()) == first


def test_bytes_are_kept_but_for_the_tags(ner_run: Path, ner: seqtag.Tagger) -> None:
    """Whatever the platform takes for a line end or an encoding."""
    text = "\ufeffHarlan\tO\r\nDe\u2028erk\u0085\tO\r\n \t \r\n-DOCSTART-\tX\nL\rake\tO"
    words = [["Harlan", "De\u2028erk\u0085"], ["L\rake"]]
    expected = text
    for tag in [tag for tags in tags_of(ner, *words) for tag in tags]:
        expected = expected.replace("\tO", f"\t\0{tag}", 1)
    outcome = run_program("tag", ner_run, stdin=text.encode())
    assert (outcome.status, outcome.out) == (0, expected.replace("\0", ""))


def test_confidence_of_each_tag(ner_run: Path) -> None:
    outcome = call("tag", ner_run, "--confidence", stdin=TEXT.encode())
    for line in outcome.out.split("\n"):
        if line:
            _, _, score = line.split("\t")
            assert 0 < float(score) <= 1


def test_nbest_is_written_as_json_lines(ner_run: Path) -> None:
    outcome = call("tag", ner_run, "--nbest", "3", stdin=TEXT.encode())
    results = [json.loads(line) for line in outcome.out.splitlines()]
    assert [result["tokens"] for result in results] == [["Harlan", "Deerk"], ["Lake", "Ossel"]]
    for result in results:
        assert len(result["nbest"]) == 3
        assert result["nbest"][0]["tags"] == result["tags"]


def test_raw_text_is_tokenized(ner_run: Path) -> None:
    words = ["tag", ner_run, "--input", "text", "--output", "jsonl"]
    outcome = call(*words, stdin=b"Mr Deerk didn't come. He slept.\n")
    assert [json.loads(line)["tokens"] for line in outcome.out.splitlines()] == [
        ["Mr", "Deerk", "did", "n't", "come", "."],
        ["He", "slept", "."],
    ]


def test_columns_name_where_tokens_and_tags_are(ner_run: Path, ner: seqtag.Tagger) -> None:
    words = ["tag", ner_run, "--columns", "token=1,tag=0"]
    outcome = call(*words, stdin=b"X\tLake\tmore\nX\tOssel\tmore\n")
    first, second = tags_of(ner, ["Lake", "Ossel"])[0]
    assert outcome.out == f"{first}\tLake\tmore\n{second}\tOssel\tmore\n"


def test_nothing_in_nothing_out(ner_run: Path) -> None:
    assert call("tag", ner_run, stdin=b"").out == ""


@pytest.mark.parametrize(
    ("words", "stdin", "message"),
    [
        (["--nbest", "2", "--output", "conll"], b"", "--nbest needs --output jsonl"),
        (["--columns", "tag=UPOS"], b"", "columns 'tag=UPOS'"),
        (["--columns", "tag=1+2"], b"", "--columns names 2 tag columns, but the model has 1 (-1)"),
        (["--columns", "token=3,tag=1"], b"a b\n", "<stdin>:1: there is no token column 3"),
        (["--columns", "tag=1", "--input", "text"], b"", "--columns has no meaning"),
        ([], b"a\tO\n\nb\n", "<stdin>:3: line 3 has 1 column"),
        ([], b"a\tO\n\nb\xe9\tO\n", "<stdin>:3: byte 0xe9 is not UTF-8"),
        (["--input", "text"], b"a\n\xff\n", "<stdin>:2: byte 0xff is not UTF-8"),
        (["--input", "tokens"], "a".encode("utf-16"), "<stdin>:1: this is UTF-16 text"),
        (["--input", "conllu"], b"1\ta\n", "<stdin>:1: the line has 2 columns, CoNLL-U has 10"),
        ([], b"\x1f\x8b\x00", "<stdin>: the gzip data is damaged"),
        (["nothing.conll"], b"", "nothing.conll: cannot be read: no such file"),
        (["."], b"", ".: cannot be read: this is a folder"),
    ],
)
def test_wrong_use_is_told_in_one_line(
    ner_run: Path, words: list[str], stdin: bytes, message: str
) -> None:
    outcome = call("tag", ner_run, *words, stdin=stdin)
    assert outcome.error.startswith(message)
    assert outcome.err.count("\n") == 1


def test_what_stands_before_a_bad_line_is_written(ner_run: Path) -> None:
    outcome = call("tag", ner_run, stdin=b"Lake\tO\nOssel\tO\n\nshort\n")
    assert outcome.error
    assert [line.split("\t")[0] for line in outcome.out.split("\n")] == ["Lake", "Ossel", "", ""]


def read_block(stream: IO[bytes]) -> list[bytes]:
    """Return lines up to a blank one, waiting for them as a reader of a pipe does."""
    lines = []
    while line := stream.readline().strip():
        lines.append(line)
    return lines


def test_each_sentence_is_answered_before_the_next_is_asked(ner_run: Path) -> None:
    process = start_program("tag", ner_run, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for number in range(20):
            process.stdin.write(f"Lake\nOssel{number}\n\n".encode())
            process.stdin.flush()
            block = read_block(process.stdout)
            assert [line.split(b"\t")[0] for line in block] == [b"Lake", b"Ossel%d" % number]
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()


@pytest.mark.parametrize("input", ["tokens", "text"])
def test_each_line_is_answered_before_the_next_is_asked(ner_run: Path, input: str) -> None:
    process = start_program(
        *("tag", ner_run, "-", "--input", input, "--output", "jsonl"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for number in range(5):
            process.stdin.write(f"Lake Ossel{number}\n".encode())
            process.stdin.flush()
            line = json.loads(process.stdout.readline())
            assert line["tokens"] == ["Lake", f"Ossel{number}"]
        process.stdin.close()
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()


def test_large_file_is_tagged_in_bounded_time(ner_run: Path, corpus: Path, tmp_path: Path) -> None:
    text = (corpus / "train.conll").read_text("utf-8") * 10 + "x" * 300_000 + "\tO\n\n"
    text += "Lake\tO\n" * 5000
    (tmp_path / "a.conll").write_text(text, "utf-8")
    began = time.perf_counter()
    outcome = call("tag", ner_run, tmp_path / "a.conll")
    assert time.perf_counter() - began < 20
    assert [line.split("\t")[0] for line in outcome.out.split("\n")] == [
        line.split("\t")[0] for line in text.split("\n")
    ]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
def test_options_and_files_come_in_any_order(
    order: tuple[int, ...], ner_run: Path, corpus: Path
) -> None:
    words = [[str(ner_run)], [str(corpus / "test.conll")], ["--confidence"]]
    outcome = call("tag", *(word for place in order for word in words[place]))
    assert outcome.status == 0
    assert outcome.out == call("tag", ner_run, corpus / "test.conll", "--confidence").out


def test_one_word_too_many_is_refused(ner_run: Path, corpus: Path) -> None:
    outcome = call("tag", ner_run, corpus / "test.conll", "more")
    assert "unrecognized arguments: more; see `seqtag tag --help`" in outcome.err
    assert outcome.status == 2


def test_nbest_has_a_limit(ner_run: Path, corpus: Path) -> None:
    assert "nbest is 100000000: give a number from 0 to 1000" in (
        call("tag", ner_run, corpus / "test.conll", "--nbest", 100_000_000).error
    )
