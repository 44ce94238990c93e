from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from seqtag.config import TASK_FORMATS
from seqtag.errors import ConfigError
from seqtag.io.parallel import (
    ParallelFormat,
    ParallelLayout,
    guess_parallel_format,
    named_parallel_format,
    pair_paths,
    parallel_layout,
)


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a/train", "pairs"),
        ("train.en", "pairs"),
        ("train.tsv", "tsv"),
        ("TRAIN.TAB.GZ", "tsv"),
        ("-", "tsv"),
        ("train.jsonl", "jsonl"),
        ("train.ndjson.gz", "jsonl"),
    ],
)
def test_format_goes_by_the_name(name: str, format: ParallelFormat) -> None:
    assert guess_parallel_format(name) == format


def test_name_of_two_files_tells_nothing() -> None:
    assert named_parallel_format("train") is None
    assert named_parallel_format("train.tsv") == "tsv"


def test_sides_have_defaults_but_for_two_files() -> None:
    assert parallel_layout("a.tsv") == ParallelLayout("tsv", "0", "1")
    assert parallel_layout("a.jsonl", target="de") == ParallelLayout("jsonl", "source", "de")
    assert parallel_layout("a.tsv", source="+1", target="00", format="jsonl").source == "+1"
    assert parallel_layout("a", source=".en", target="de") == ParallelLayout("pairs", "en", "de")
    with pytest.raises(ConfigError, match=r"^a: two files .* --source en --target de"):
        parallel_layout("a", source="en")


def test_format_can_be_told() -> None:
    assert parallel_layout("a", format="tsv", source="-1", target="00").target == "0"
    with pytest.raises(ConfigError, match="data.format is 'conll'.* one of pairs, tsv, jsonl"):
        parallel_layout("a", format="conll")


def test_formats_are_those_of_the_task() -> None:
    assert get_args(ParallelFormat) == TASK_FORMATS["translate"]


@pytest.mark.parametrize(
    ("name", "where"), [("a", "the ending 'x'"), ("a.tsv", "column 'x'"), ("a.jsonl", "key 'x'")]
)
def test_both_sides_are_different(name: str, where: str) -> None:
    with pytest.raises(ConfigError, match=f"are both .*{where}"):
        parallel_layout(name, source="x", target="x")


def test_names_of_columns_need_a_header() -> None:
    assert parallel_layout("a.tsv", source="en", header="yes").are_named
    assert not parallel_layout("a.tsv", header="no").are_named
    with pytest.raises(ConfigError, match="header is no; give their numbers"):
        parallel_layout("a.tsv", source="en", header="no")
    assert parallel_layout("a.jsonl", source="en", header="no").source == "en"


def test_two_files_are_found(tmp_path: Path) -> None:
    layout = ParallelLayout("pairs", "en", "de")
    beginning = str(tmp_path / "train")
    names = [f"{beginning}.en", f"{beginning}.de"]
    assert pair_paths(beginning, layout) == tuple(names)
    for name in names:
        Path(name).touch()
    assert pair_paths(Path(beginning), layout) == tuple(names)
    for given in (beginning, *names):
        assert pair_paths(given, layout) == tuple(names)
    Path(names[1]).rename(f"{names[1]}.gz")
    for given in (beginning, names[0], f"{names[1]}.gz"):
        assert pair_paths(given, layout) == (names[0], f"{names[1]}.gz")


def test_beginning_may_end_like_a_side(tmp_path: Path) -> None:
    layout = ParallelLayout("pairs", "en", "de")
    for name in ("a.en.en", "a.en.de"):
        (tmp_path / name).touch()
    assert pair_paths(tmp_path / "a.en", layout)[1] == str(tmp_path / "a.en.de")


def test_standard_input_is_no_two_files() -> None:
    with pytest.raises(ConfigError, match="pipe TSV or JSON Lines"):
        pair_paths("-", ParallelLayout("pairs", "en", "de"))
