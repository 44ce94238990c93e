from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seqtag.api.pairs import parse_sides, read_pair_corpus, read_pair_file
from seqtag.config import DataConfig
from seqtag.errors import ConfigError, DataError
from seqtag.io.parallel import PairFilter
from seqtag.text.pairs import Pairs
from seqtag.training.spec import TranslatorSpec
from tests.translators import make_spec

ROWS = [("a dog", "ein Hund"), ("a  cat ", "eine Katze"), ("birds", "Vögel")]
SOURCES = ["a dog", "a cat", "birds"]
TARGETS = ["ein Hund", "eine Katze", "Vögel"]


def read(path: Path, **given: Any) -> Pairs:  # noqa: ANN401 - values of keys of many types
    left_out = PairFilter(max_units=100, max_ratio=9.0)
    return read_pair_corpus(DataConfig(train=str(path), dev=str(path), **given), left_out).train


def write_tsv(path: Path, head: str = "") -> Path:
    path.write_text(head + "".join(f"{source}\t{target}\n" for source, target in ROWS), "utf-8")
    return path


def write_two(folder: Path, endings: tuple[str, str] = ("en", "de")) -> Path:
    for side, ending in enumerate(endings):
        text = "".join(f"{row[side]}\n" for row in ROWS)
        (folder / f"train.{ending}").write_text(text, "utf-8")
    return folder / "train"


def write_json(path: Path, source: str = "source", target: str = "target") -> Path:
    lines = (json.dumps({source: row[0], target: row[1]}) for row in ROWS)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def assert_rows(pairs: Pairs, *, first_line: int = 1) -> None:
    assert list(pairs.sources) == SOURCES
    assert list(pairs.targets) == TARGETS
    assert list(pairs.lines) == [first_line, first_line + 1, first_line + 2]


def test_all_formats_hold_the_same_pairs(tmp_path: Path) -> None:
    assert_rows(read(write_two(tmp_path), source="en", target="de"))
    assert_rows(read(write_two(tmp_path), columns="source=en,target=de"))
    assert_rows(read(write_tsv(tmp_path / "a.tsv")))
    assert_rows(
        read(write_tsv(tmp_path / "b.tsv", "en\tde\n"), source="en", target="de"), first_line=2
    )
    assert_rows(read(write_json(tmp_path / "a.jsonl")))
    assert_rows(read(write_json(tmp_path / "b.jsonl", "en", "de"), source="en", target="de"))
    packed = tmp_path / "a.tsv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.tsv").read_bytes()))
    assert_rows(read(packed))


def test_columns_may_change_places(tmp_path: Path) -> None:
    pairs = read(write_tsv(tmp_path / "a.tsv"), columns="source=1,target=0")
    assert list(pairs.sources) == TARGETS


def test_training_leaves_out_empty_sides_and_dev_refuses_them(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("a\tb\n\tc\nd\t \ne\tf\n", "utf-8")
    good = write_tsv(tmp_path / "b.tsv")
    left_out = PairFilter(max_units=100, max_ratio=9.0)
    corpus = read_pair_corpus(DataConfig(train=str(path), dev=str(good)), left_out)
    assert list(corpus.train.lines) == [1, 4]
    assert left_out.counts["empty"] == 2
    with pytest.raises(DataError, match=r"a\.tsv:2: the source is empty"):
        read_pair_corpus(DataConfig(train=str(good), dev=str(path)), left_out)


def test_pairs_of_a_source_are_set_aside_together(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("".join(f"s{n % 30}\tt{n}\n" for n in range(90)), "utf-8")
    left_out = PairFilter(max_units=100, max_ratio=9.0)
    corpus = read_pair_corpus(DataConfig(train=str(path)), left_out)
    assert len(corpus.train) + len(corpus.dev) == 90
    assert len(corpus.dev) >= 3
    assert not set(corpus.train.sources) & set(corpus.dev.sources)
    assert "are set aside to measure progress" in caplog.text
    again = read_pair_corpus(DataConfig(train=str(path)), left_out)
    assert list(again.dev.lines) == list(corpus.dev.lines)


def test_single_source_is_trained_and_measured_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("a\tb\na\tc\n", "utf-8")
    left_out = PairFilter(max_units=100, max_ratio=9.0)
    corpus = read_pair_corpus(DataConfig(train=str(path)), left_out)
    assert corpus.train == corpus.dev
    assert "progress is measured on train" in caplog.text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "there is nothing to train on"),
        ({"train": "-", "dev": "-"}, "standard input can be only one of"),
        ({"train": "nowhere/train"}, "--source en --target de"),
        ({"train": "a.tsv", "source": "0", "target": "0"}, "both column '0'"),
        ({"train": "a.tsv", "columns": "source=0"}, "write source=0,target=1"),
    ],
)
def test_what_says_not_where_pairs_are_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_pair_corpus(DataConfig(**given), PairFilter(max_units=9, max_ratio=9.0))


@pytest.mark.parametrize(
    "columns",
    [
        "",
        "source",
        "source=0",
        "source=0,target=",
        "source=0,target= ",
        "text=0,label=1",
        "source=0,target=1,more=2",
    ],
)
def test_sides_have_to_be_both_named(columns: str) -> None:
    with pytest.raises(ConfigError, match="write source=0,target=1"):
        parse_sides(columns)


def test_sides_are_named_in_any_order() -> None:
    assert parse_sides("target=de, source=en") == ("en", "de")
    assert parse_sides("source=a=b,target=c") == ("a=b", "c")


def spec_of(format: str, source: str, target: str) -> TranslatorSpec:
    from dataclasses import replace

    return replace(make_spec(), format=format, source=source, target=target)


def test_files_are_read_as_the_training_files_were(tmp_path: Path) -> None:
    by_name = spec_of("pairs", "en", "de")
    assert_rows(read_pair_file(by_name, str(write_two(tmp_path))))
    named = spec_of("tsv", "en", "de")
    assert_rows(read_pair_file(named, str(write_tsv(tmp_path / "h.tsv", "en\tde\n"))), first_line=2)
    assert_rows(read_pair_file(spec_of("tsv", "0", "1"), str(write_tsv(tmp_path / "a.tsv"))))
    keys = spec_of("jsonl", "en", "de")
    assert_rows(read_pair_file(keys, str(write_json(tmp_path / "b.jsonl", "en", "de"))))


def test_files_of_other_formats_are_read_by_their_own_defaults(tmp_path: Path) -> None:
    """But two files by the names of the training files' columns, if these have names."""
    by_name = spec_of("pairs", "en", "de")
    assert_rows(read_pair_file(by_name, str(write_tsv(tmp_path / "a.tsv"))))
    assert_rows(read_pair_file(by_name, str(write_json(tmp_path / "a.jsonl"))))
    for form in ("tsv", "jsonl"):
        assert_rows(read_pair_file(spec_of(form, "en", "de"), str(write_two(tmp_path))))
    with pytest.raises(ConfigError, match="--source en --target de"):
        read_pair_file(spec_of("tsv", "0", "1"), str(write_two(tmp_path)))


def test_columns_go_before_what_the_training_files_had(tmp_path: Path) -> None:
    path = str(write_two(tmp_path, ("fr", "it")))
    spec = spec_of("pairs", "en", "de")
    assert_rows(read_pair_file(spec, path, columns="source=fr,target=it"))
    with pytest.raises(DataError, match=r"train\.en"):
        read_pair_file(spec, path)
    with pytest.raises(ConfigError, match="write source=0,target=1"):
        read_pair_file(spec, path, columns="token=0,tag=1")


def test_empty_sides_are_not_scored(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("a\tb\nc\t\n", "utf-8")
    with pytest.raises(DataError, match=r"a\.tsv:2: the target is empty"):
        read_pair_file(spec_of("tsv", "0", "1"), str(path))


def test_header_of_training_is_expected_again(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("left\tright\nab\tba\n", "utf-8")
    spec = replace(make_spec(), format="tsv", source="0", target="1", header="yes")
    assert read_pair_file(spec, str(path)).sources == ["ab"]
    assert read_pair_file(replace(spec, header="no"), str(path)).sources == ["left", "ab"]
