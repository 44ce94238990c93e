"""Starting from another run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqtag
from seqtag.api.train import Interrupted
from seqtag.errors import ConfigError
from tests.api.runs import stop_after, train
from tests.helpers import assert_same_run, files

STILL: dict[str, Any] = {"training.learning_rate": 0.0, "training.epochs": 1}


def test_start_is_the_other_run(small: Path, plain_run: Path) -> None:
    """Without a learning rate, the new tagger is the old one."""
    base = seqtag.load(plain_run)
    data = files(small, "conll")
    tagger = seqtag.train(init=plain_run, threads=1, **data, **STILL)
    assert tagger.spec.encoder == base.spec.encoder
    assert tagger.spec.embedding.word_size == 8
    words = ["Lake", "Ossel", "unseen"]
    np.testing.assert_array_equal(tagger.tag(words).marginals, base.tag(words).marginals)


def test_new_words_and_tags_join_those_of_the_other_run(
    small: Path, plain_run: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.conll").write_text("Brandnew\tB-NEW\nLake\tO\n")
    base = seqtag.load(plain_run)
    tagger = seqtag.train(
        init=str(plain_run), train=tmp_path / "a.conll", dev=tmp_path / "a.conll", **STILL
    )
    known = base.spec.words.items
    assert tagger.spec.words.items == [*known, "Brandnew"]
    tags = base.spec.columns[0].tags.items
    assert tagger.spec.columns[0].tags.items[: len(tags)] == tags
    new = set(tagger.spec.columns[0].tags.items) - set(tags)
    assert new
    assert all(tag.endswith("-NEW") for tag in new)


def test_start_may_have_other_tag_columns(
    small: Path, plain_run: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seqtag.train(init=plain_run, threads=1, **files(small, "conll"), **STILL)
    assert "from scratch" not in caplog.text
    tagger = seqtag.train(init=plain_run, threads=1, **files(small, "conllu"), **STILL)
    assert list(tagger.tags_by) == ["UPOS"]
    assert f"column UPOS: {plain_run} has no column of this name" in caplog.text


def test_start_with_other_sizes_is_refused(small: Path, plain_run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="leave the sizes of"):
        train(small, tmp_path / "run", init=plain_run, **{"encoder.hidden_size": 9})
    assert not (tmp_path / "run").exists()


def test_run_from_a_start_is_repeated_and_resumed(
    small: Path, plain_run: Path, tmp_path: Path
) -> None:
    train(small, tmp_path / "a", init=plain_run, seed=4)
    with pytest.raises(Interrupted):
        train(small, tmp_path / "b", init=plain_run, seed=4, should_stop=stop_after(3))
    seqtag.train(output=tmp_path / "b", resume=True)
    seqtag.train(tmp_path / "a" / "config.toml", output=tmp_path / "c")
    assert_same_run(tmp_path / "b", tmp_path / "a")
    assert_same_run(tmp_path / "c", tmp_path / "a")


def test_start_goes_on_with_its_head(
    small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With its scheme and decoder, and whether the column is counted from the front or the end."""
    train(small, tmp_path / "first", **{"head.scheme": "bio", "head.crf": False})
    tagger = train(small, init=tmp_path / "first", columns="token=0,tag=1")
    assert "from scratch" not in caplog.text
    assert [(c.scheme, c.crf) for c in tagger.spec.columns] == [("bio", False)]
