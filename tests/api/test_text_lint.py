"""`seqtag.lint` for plain text; what is found in the lines is tested in tests/io/lint."""

from __future__ import annotations

from pathlib import Path

import pytest

import seqtag
from seqtag.api.lint import lint
from seqtag.errors import ConfigError
from seqtag.text.findings import TextReport
from tests.helpers import SAMPLES, call

TEXT = SAMPLES / "text"


def test_samples_have_no_problems() -> None:
    train, dev, test = (TEXT / f"{name}.txt" for name in ("train", "dev", "test"))
    report = seqtag.lint(train=train, dev=dev, test=test, task="generate")
    assert isinstance(report, TextReport)
    assert report.clean
    assert [file.part for file in report.files] == ["train", "dev", "test"]
    assert [file.overlap is None for file in report.files] == [True, False, False]
    assert seqtag.lint(TEXT, task="generate").files[0].lines > report.files[0].lines


def test_problems_of_all_files_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\0\n" * 3)
    (tmp_path / "b.txt").write_bytes(b"a\xff\nb\0\n")
    report = lint(tmp_path / "a.txt", tmp_path / "b.txt", task="generate", limit=2)
    assert report.counts == {"characters": 4, "encoding": 1}
    assert len(report.problems) == 4


def test_wrong_use_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.conllu"
    path.write_text("some text\n", "utf-8")
    labelled = tmp_path / "x.txt"
    labelled.write_text("__label__x some text\n", "utf-8")
    classify = ("x.tsv", "x.jsonl.gz", "x.ft", labelled)
    for name, task in ((path, "tag"), *((name, "classify") for name in classify)):
        with pytest.raises(ConfigError, match=f"is annotated: look at it with --task {task}"):
            lint(name, task="generate")
    for name in (path, labelled):
        assert lint(name, task="generate", format="text").clean
    with pytest.raises(ConfigError, match="plain text has none"):
        lint(path, task="generate", columns="token=0")
    with pytest.raises(ConfigError, match="format csv hold no plain text"):
        lint(path, task="generate", format="csv")
    with pytest.raises(ConfigError, match="hold plain texts, not tags: say --task generate"):
        lint(path, task="tag", format="text")
    with pytest.raises(ConfigError, match="format text hold no labelled texts"):
        lint(path, task="classify", format="text")


def test_the_program_tells_it_too(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"a red @-@ tipped one\nno\xff\n")
    found = call("lint", "--task", "generate", path)
    assert found.status == 2
    assert f"{path}:2: byte 0xff is not UTF-8" in found.out
    assert "1 marks such as @-@; data.artefacts=undo" in found.out
    clean = call("lint", "--task", "generate", stdin=b"one line\n")
    assert (clean.status, clean.out.splitlines()[-1]) == (0, "no problems")
