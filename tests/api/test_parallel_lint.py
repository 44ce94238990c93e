"""`seqtag.lint` for parallel text; what is found in the pairs is tested in tests/io/lint."""

from __future__ import annotations

from pathlib import Path

import pytest

import seqtag
from seqtag.api.lint import lint
from seqtag.errors import ConfigError, DataError
from seqtag.text.findings import Overlap, ParallelReport
from tests.helpers import SAMPLES

PARALLEL = SAMPLES / "parallel"


def test_samples_have_no_problems() -> None:
    report = seqtag.lint(
        train=PARALLEL / "train",
        dev=PARALLEL / "dev",
        test=PARALLEL / "test.en",
        task="translate",
        source="en",
        target="zq",
    )
    assert isinstance(report, ParallelReport)
    assert report.clean
    assert [(file.part, file.pairs) for file in report.files] == [
        ("train", 1500),
        ("dev", 200),
        ("test", 200),
    ]
    assert report.files[0].source.path == f"{PARALLEL / 'train'}.en"
    assert report.files[2].target.path == f"{PARALLEL / 'test'}.zq"


def test_sides_are_named_in_columns_too(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("id\tde\ten\n1\tein Hund\ta dog\n2\t\ta cat\n", "utf-8")
    named = lint(path, task="translate", source="en", target="de")
    assert named == lint(path, task="translate", columns="source=en,target=de")
    assert [(problem.line, problem.kind) for problem in named.problems] == [(3, "empty")]
    assert (named.files[0].source.name, named.files[0].width) == ("en", 3)


def test_parts_are_held_against_train(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(
        '{"source": "a dog runs", "target": "ein Hund läuft"}\n', "utf-8"
    )
    (tmp_path / "dev.tsv").write_text("a dog runs\tes läuft ein Hund\na cat\teine Katze\n", "utf-8")
    report = lint(train=tmp_path / "train.jsonl", dev=tmp_path / "dev.tsv", task="translate")
    assert report.counts == {"leak": 1}
    assert report.files[1].overlap == Overlap(sentences=1, of=1, unseen_tokens=1)


def test_number_of_listed_problems_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("a\tb\n" + "\tb\n" * 30, "utf-8")
    report = lint(path, task="translate", limit=5)
    assert (report.counts, len(report.problems)) == ({"empty": 30}, 5)


def test_a_public_corpus_tells_its_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQTAG_CORPORA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SEQTAG_CORPORA_MIRROR", str(tmp_path))
    with pytest.raises(DataError, match=r"val\.en"):  # which the mirror does not have
        lint("corpus:multi30k-en-de/dev", task="translate")
    with pytest.raises(ConfigError, match="corpus:sst2/dev is for task classify"):
        lint("corpus:sst2/dev", task="translate")


def test_wrong_use_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give their endings, as --source en --target de"):
        lint(PARALLEL / "dev", task="translate")
    with pytest.raises(ConfigError, match="format csv hold no translations: .* pairs, tsv, jsonl"):
        lint("x.csv", task="translate", format="csv")
    with pytest.raises(ConfigError, match="columns are 'text=0'"):
        lint("x.tsv", task="translate", columns="text=0")
    with pytest.raises(ConfigError, match="columns and source or target are given"):
        lint("x.tsv", task="translate", columns="source=0,target=1", source="1")
    with pytest.raises(ConfigError, match="hold parallel texts, not tags: say --task translate"):
        lint("x", format="pairs")
    with pytest.raises(ConfigError, match="format pairs hold no labelled texts"):
        lint("x", task="classify", format="pairs")
    with pytest.raises(ConfigError, match="those of parallel text: say --task translate"):
        lint("x.tsv", source="en")
    with pytest.raises(DataError, match=r"nothing\.en: cannot be read: no such file"):
        lint(tmp_path / "nothing", task="translate", source="en", target="de")
