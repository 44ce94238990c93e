from __future__ import annotations

import io
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import DataError
from seqtag.io.annotated import read_blocks
from seqtag.io.columns import Format, parse_columns
from seqtag.io.lint.file import LONG_SENTENCE, scan_file

CONLL_ROWS = [
    "a\tO",
    "b\tB-X",
    "c\tI-X",
    "",
    "\t",
    " \t ",
    "-DOCSTART-\tO",
    "#\tO",
    "# d",
    "e f",
    "é",
]
CONLLU_ROWS = [
    "# text",
    "",
    "1\ta\ta\tX\t_\t_\t_\t_\t_\tA=B-X",
    "2\tb\tb\tNOUN\t_\t_\t_\t_\t_\t_",
    "1-2\tab\t_\t_\t_\t_\t_\t_\t_\t_",
    "1.1\tab\t_\t_\t_\t_\t_\t_\t_\t_",
    "x\tab\t_\t_\t_\t_\t_\t_\t_\t_",
    "2\tb",
]
ENDS = st.sampled_from(["\n", "\r\n"])
REFUSED = {"encoding", "columns", "ids", "characters"}


def text_of(rows: list[str]) -> st.SearchStrategy[bytes]:
    lines = st.lists(st.tuples(st.sampled_from(rows) | st.text("a \t\r\x85é#", max_size=4), ENDS))
    return lines.map(lambda found: "".join(row + end for row, end in found).encode())


@pytest.mark.parametrize("format", ["conll", "conllu"])
@given(data=st.data())
def test_what_the_reader_reads_is_counted_and_what_it_refuses_is_reported(
    data: st.DataObject, format: Format
) -> None:
    content = data.draw(text_of(CONLL_ROWS if format == "conll" else CONLLU_ROWS))
    columns = parse_columns(None, format)
    refusal: DataError | None = None
    sentences = []
    try:
        for block in read_blocks(io.BytesIO(content), columns, format, tags_required=True):
            sentences += [block.sentence] if block.rows else []
    except DataError as error:
        refusal = error
    try:
        scan = scan_file(io.BytesIO(content), columns, format)
    except DataError:
        assert refusal is not None
        return
    if refusal is not None:
        assert REFUSED & scan.findings.counts.keys()
        return
    assert not {"encoding", "columns"} & scan.findings.counts.keys()
    tokens = [token for sentence in sentences for token in sentence.tokens]
    assert (scan.sentences, scan.tokens) == (len(sentences), len(tokens))
    assert len(scan.types) == len(set(tokens))
    tags = Counter(tag for sentence in sentences for tag in sentence.tags)
    assert scan.tags[0].counts == tags
    assert scan.longest == max(len(sentence.tokens) for sentence in sentences)


def test_progress_is_told_in_bytes() -> None:
    content = b"a\tO\n" * 100_000
    sizes: list[int] = []
    columns = parse_columns(None, "conll")
    scan_file(io.BytesIO(content), columns, "conll", progress=sizes.append)
    assert sum(sizes) == len(content)
    assert len(sizes) > 1


def sentence(number: int) -> str:
    return "".join(f"token-{number}-{i}\t{'B-X' if i % 9 == 0 else 'O'}\n" for i in range(20))


@pytest.mark.parametrize("end", ["\n", ""], ids=["sentences", "one sentence"])
def test_memory_does_not_grow_with_the_file(
    end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a few bytes for each sentence and each different token."""
    monkeypatch.setattr("seqtag.io.lint.rows._MOST_ROWS", 1000)
    monkeypatch.setattr("seqtag.io.lines._CHUNK_SIZE", 1 << 14)
    monkeypatch.setattr("seqtag.text.type_counts._BUFFER_SIZE", 2000)
    columns = parse_columns(None, "conll")
    peaks = []
    for sentences in (250, 1250):
        path = tmp_path / "x.conll"
        path.write_text("".join(f"{sentence(n)}{end}" for n in range(sentences)), "utf-8")
        tracemalloc.start()
        scan = scan_file(path, columns, "conll", limit=20)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert scan.tokens == 20 * sentences
    assert peaks[1] - peaks[0] < 20_000 * 40  # a token alone takes 70 bytes, its place included


@pytest.mark.parametrize("tokens", [LONG_SENTENCE, LONG_SENTENCE + 1])
def test_long_sentence_is_told(tokens: int) -> None:
    content = b"a\tO\n\n" + b"a\tO\n" * tokens
    scan = scan_file(io.BytesIO(content), parse_columns(None, "conll"), "conll")
    expected = [(3, "long-sentence")] if tokens > LONG_SENTENCE else []
    assert [(problem.line, problem.kind) for problem in scan.findings.problems()] == expected
    assert (scan.longest, scan.longest_line) == (tokens, 3)


def test_more_different_tags_than_a_column_has_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqtag.text.tag_counts.MOST_TAGS", 100)
    monkeypatch.setattr("seqtag.io.lint.file.MOST_TAGS", 100)
    content = "".join(f"a\tT{i}\n\n" for i in range(500)).encode()
    scan = scan_file(io.BytesIO(content), parse_columns(None, "conll"), "conll")
    problems = scan.findings.problems()
    assert [(problem.line, problem.kind) for problem in problems] == [(201, "columns")]
    assert "more than 100 different tags" in problems[0].message
    assert scan.tokens == 500
