"""Faults in parallel text."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import ConfigError, DataError
from seqtag.io.lint.parallel import scan_parallel
from seqtag.io.lint.parallel_compare import lint_parallel
from seqtag.io.parallel import ParallelLayout, parallel_layout, read_pairs
from seqtag.text.findings import Kind, Overlap, ParallelReport, SideSummary

TSV = ParallelLayout("tsv", "0", "1")
# Kinds of problems that do not keep text from being read.
HARMLESS: set[Kind] = {"empty", "long-sentence", "ratio", "untranslated", "repeated"}


def found(report: ParallelReport) -> list[tuple[str, int, Kind]]:
    return sorted((Path(p.path).name, p.line, p.kind) for p in report.problems)


def write(path: Path, *lines: str | bytes) -> str:
    path.write_bytes(b"\n".join(x.encode() if isinstance(x, str) else x for x in lines) + b"\n")
    return str(path)


def test_every_planted_problem_is_found_in_its_line_and_nothing_else(tmp_path: Path) -> None:
    path = write(
        tmp_path / "x.tsv",
        "a dog runs fast\tein Hund läuft schnell",
        "too few columns",  # 2
        "too\tmany\tcolumns",
        b"a caf\xe9\tein Wort",
        "\tein Hund",
        "a dog\t ",
        "a hidden\u200b character\tein Wort",
        "a word\tein\u200b Wort",
        f"long {'word ' * 200}\tkurz {'Wort ' * 100}",
        "here are more than forty characters without any space\tHund",
        "this is the same\tthis  is the same",
        "a dog runs fast\tein  Hund läuft schnell",
        "a dog runs fast\tein Hund rennt",  # no problem
        "OK\tOK",
        "No.\tNein.",
        "No.\tNein.",
        "",
        "👩\u200d🚀 می\u200cخواهم is fine\tgut so\r",
    )
    report = lint_parallel([(None, path)])
    assert found(report) == [
        ("x.tsv", line, kind)
        for line, kind in [
            (2, "columns"),
            (3, "columns"),
            (4, "encoding"),
            (5, "empty"),
            (6, "empty"),
            (7, "characters"),
            (8, "characters"),
            (9, "long-sentence"),
            (10, "ratio"),
            (11, "untranslated"),
            (12, "repeated"),
        ]
    ]
    assert not report.clean
    (summary,) = report.files
    assert summary.pairs == 14
    assert (summary.repeated, summary.ambiguous) == (2, 1)
    assert summary.problems == report.counts
    assert (summary.width, summary.has_header, summary.format) == (2, False, "tsv")


def test_problems_of_two_files_stand_in_the_right_one(tmp_path: Path) -> None:
    write(tmp_path / "x.en", "a dog", "", "a cat", b"\xff", "a\u200b b", "one two three", "more")
    write(tmp_path / "x.de", "ein Hund", "leer", "  ", "gut", "\u200ba b", "one two three")
    report = lint_parallel([(None, str(tmp_path / "x"))], source="en", target="de")
    assert found(report) == [
        ("x.de", 3, "empty"),
        ("x.de", 5, "characters"),
        ("x.en", 2, "empty"),
        ("x.en", 4, "encoding"),
        ("x.en", 5, "characters"),
        ("x.en", 6, "untranslated"),
        ("x.en", 7, "line-counts"),
    ]
    assert [problem.line for problem in report.problems] == [2, 3, 4, 5, 5, 6, 7]
    assert "x.en has 7 lines" in report.problems[-1].message
    (summary,) = report.files
    assert summary.pairs == 5
    assert Path(summary.target.path).name == "x.de"
    assert (summary.source.empty, summary.target.empty) == (1, 1)


def test_longer_file_of_translations_is_named(tmp_path: Path) -> None:
    write(tmp_path / "x.en", "a dog")
    write(tmp_path / "x.de", "ein Hund", b"\xff")
    report = lint_parallel([(None, str(tmp_path / "x"))], source="en", target="de")
    assert found(report) == [("x.de", 2, "encoding"), ("x.de", 2, "line-counts")]


def test_sources_of_training_in_other_parts_are_found(tmp_path: Path) -> None:
    train = write(tmp_path / "train.tsv", "a dog runs\tein Hund läuft", "No.\tNein.", "b\tB")
    dev = write(
        tmp_path / "dev.tsv",
        "a cat runs\teine Katze läuft",
        "No.\tNein.",
        "a  dog runs\tHund, der läuft",
    )
    report = lint_parallel([("train", train), ("dev", dev)])
    assert found(report) == [("dev.tsv", 3, "leak")]
    assert report.problems[0].message.endswith(f"at {train}:1")
    assert report.files[0].overlap is None
    assert report.files[1].overlap == Overlap(sentences=1, of=2, unseen_tokens=1)


def test_words_and_their_phones_are_compared(tmp_path: Path) -> None:
    train = write(tmp_path / "train.tsv", "abandon\tAH B AE N D AH N", "abandon\tAH B AE N D")
    test = write(tmp_path / "test.tsv", "abandon\tAH B AE N D AH N")
    report = lint_parallel([("train", train), ("test", test)])
    assert found(report) == [("test.tsv", 1, "leak")]
    assert report.files[0].ambiguous == 1


def test_counts_are_those_of_the_sides(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tsv", "a b c\tx x", "a b\tx y z w", "c\tv")
    (summary,) = lint_parallel([(None, path)]).files
    assert summary.source == SideSummary(
        path=path, name="0", tokens=6, types=3, median=2, longest=3, longest_line=1, empty=0
    )
    assert summary.target == SideSummary(
        path=path, name="1", tokens=7, types=5, median=2, longest=4, longest_line=2, empty=0
    )


def test_limits_can_be_given(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tsv", f"a b c\t{'x' * 40}", "a b\tx")
    report = lint_parallel([(None, path)], max_tokens=2, max_ratio=14.0)
    assert found(report) == [("x.tsv", 1, "long-sentence")]
    report = lint_parallel([(None, path)], max_tokens=3, max_ratio=13.0)
    assert found(report) == [("x.tsv", 1, "ratio")]


def test_problems_of_a_kind_are_counted_and_some_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tsv", "a\tb", *["a\t"] * 5)
    report = lint_parallel([(None, path)], limit=2)
    assert found(report) == [("x.tsv", 2, "empty"), ("x.tsv", 3, "empty")]
    assert report.counts == {"empty": 5}


def test_bad_objects_do_not_stop_it(tmp_path: Path) -> None:
    objects = [{"source": "a", "target": "b"}, {"source": "a"}, {"source": "\ud800", "target": "b"}]
    path = write(tmp_path / "x.jsonl", *map(json.dumps, objects), "{", json.dumps(objects[0]))
    report = lint_parallel([(None, path)])
    assert [(p.line, p.kind) for p in report.problems] == [
        (2, "json"),
        (3, "characters"),
        (4, "json"),
    ]


def test_header_is_no_pair(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tsv", "id\tde\ten", "1\tein Hund\ta dog")
    (summary,) = lint_parallel([(None, path)], source="en", target="de").files
    assert (summary.pairs, summary.has_header, summary.width) == (1, True, 3)
    assert (summary.source.name, summary.source.tokens) == ("en", 2)


def test_sound_text_is_clean(tmp_path: Path) -> None:
    path = write(tmp_path / "x.tsv", "a dog runs\tein Hund läuft", "a cat\teine Katze")
    assert lint_parallel([(None, path)]).clean


@pytest.mark.parametrize("data", [b"", b"\n\n"])
def test_nothing_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match="holds no pair"):
        scan_parallel(io.BytesIO(data), TSV)


def test_no_pair_that_can_be_read_is_refused() -> None:
    with pytest.raises(DataError, match=r"^<stream>:1: no pair can be read: this is no JSON"):
        scan_parallel(io.BytesIO(b"{\n"), ParallelLayout("jsonl", "a", "b"))


def test_sides_of_two_files_must_be_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--source en --target de"):
        lint_parallel([(None, str(tmp_path / "x"))])
    with pytest.raises(ConfigError, match="read from their paths"):
        scan_parallel(io.BytesIO(b""), ParallelLayout("pairs", "en", "de"))


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    sizes: list[int] = []
    write(tmp_path / "x.en", "a dog")
    write(tmp_path / "x.de", "ein Hund")
    path = str(tmp_path / "x")
    lint_parallel([(None, path)], source="en", target="de", progress=sizes.append)
    assert sum(sizes) == len("a dog\nein Hund\n")


lines = st.text(st.one_of(st.sampled_from("ab\t\t\n\r\x85\u200b\ud800"), st.characters()))


@given(st.one_of(st.binary(max_size=40), lines.map(lambda x: x.encode("utf-8", "surrogatepass"))))
def test_what_reading_refuses_is_found(data: bytes) -> None:
    """Whatever a reader raises, a pass finds a problem or raises too; and nothing else breaks."""
    layout = parallel_layout("-")
    try:
        pairs = list(read_pairs(io.BytesIO(data), layout))
    except DataError:
        pairs = None
    try:
        scan = scan_parallel(io.BytesIO(data), layout)
    except DataError:
        assert pairs is None
        return
    serious = set(scan.counts()) - HARMLESS - {"characters"}
    assert bool(serious) == (pairs is None)
    if pairs is not None:
        assert scan.pairs == len(pairs)
