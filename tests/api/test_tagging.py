"""Training taggers: what is taken from their files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqtag
from seqtag.api.train import Interrupted
from seqtag.errors import ConfigError
from seqtag.text.schemes import SCHEMES, Scheme, encode_spans, is_allowed
from tests.api.runs import SMALL, load_json, stop_after, train
from tests.helpers import SAMPLES, TINY, assert_same_run, first_sentences


def test_words_need_not_share_any_ngram(tmp_path: Path) -> None:
    (tmp_path / "train.conll").write_text("12 NUM\nb NOUN\n%CD SYM\n", "utf-8")
    tagger = seqtag.train(train=tmp_path / "train.conll", output=tmp_path / "run", **TINY)
    assert load_json(tmp_path / "run" / "model" / "ngrams.json") == []
    tokens = ["b", "12", "%CD", "unseen", ""]
    tags = tagger.tag(tokens).tags
    assert set(tags) <= {"NUM", "NOUN", "SYM"}
    assert seqtag.load(tmp_path / "run").tag(tokens).tags == tags


def test_missing_dev_part_is_split_off_and_said(
    small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(small, tmp_path / "run", dev="")
    assert "no dev file: 4 of the 40 training sentences are set aside" in caplog.text
    assert load_json(tmp_path / "run" / "metrics.json")["train"]["sentences"] == 36
    assert load_json(tmp_path / "run" / "metrics.json")["dev"]["sentences"] == 4


def test_single_sentence_suffices(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("Ada\tB-PER\n.\tO\n")
    tagger = seqtag.train(train=tmp_path / "a.conll", **SMALL)
    assert set(tagger.tags_by["-1"]) == {"O", "B-PER", "I-PER"}


def test_tags_that_occur_only_in_dev_or_test_are_counted_and_no_crash(
    small: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for part, tags in (("dev", "B-NEW I-NEW O"), ("test", "B-OTHER O O")):
        lines = [f"word\t{tag}\n" for tag in tags.split()]
        (tmp_path / f"{part}.conll").write_text("".join(lines) + "\n")
    run = tmp_path / "run"
    train(small, run, dev=tmp_path / "dev.conll", test=tmp_path / "test.conll")
    for wanted in ("2 tokens of dev with tags that training never shows", "1 token of test"):
        assert wanted in caplog.text
    assert "B-NEW (1), I-NEW (1)" in caplog.text
    metrics = load_json(run / "metrics.json")
    assert metrics["dev"]["recall"] == 0
    assert metrics["test"]["by_type"]["OTHER"]["support"] == 1


@pytest.mark.parametrize("file_scheme", SCHEMES)
@pytest.mark.parametrize("scheme", ["bio", "bioes"])
def test_tags_are_written_in_the_scheme_of_the_files(
    tmp_path: Path, file_scheme: Scheme, scheme: str
) -> None:
    # Ada and Bob are two spans of a label side by side, which iob1 writes in a way of its own.
    words = [["Ada", "Bob", "left", "New", "Old", "York"], ["New", "York", "saw", "Ada"]]
    spans = [[(0, 1, "PER"), (1, 2, "PER"), (3, 6, "LOC")], [(0, 2, "LOC"), (3, 4, "PER")]]
    text = ""
    for tokens, places in zip(words, spans, strict=True):
        tags = encode_spans(places, len(tokens), file_scheme)
        pairs = zip(tokens, tags, strict=True)
        text += "".join(f"{token}\t{tag}\n" for token, tag in pairs) + "\n"
    path = tmp_path / "a.conll"
    path.write_text(text * 20)
    settings = {**TINY, "head.scheme": scheme}
    tagger = seqtag.train(train=path, dev=path, **settings)
    column = tagger.spec.columns[0]
    assert (column.file_scheme, column.scheme) == (file_scheme, scheme)
    for result, places in zip(tagger.tag_many(words, nbest=3), spans, strict=True):
        assert [(s.start, s.end, s.label) for s in result.spans] == places
        for tags in (result.tags, *(tags for tags, _ in result.nbest)):
            for before, after in zip([None, *tags], [*tags, None], strict=True):
                assert is_allowed(before, after, file_scheme)
        np.testing.assert_allclose(result.marginals.sum(axis=1), 1, atol=1e-5)
        assert result.marginals.shape[1] == len(tagger.tags_by["-1"])
        assert all(0 < score <= 1 for score in result.scores)


def test_spans_may_stand_in_a_further_column(small: Path, tmp_path: Path) -> None:
    """``spans`` are those of the first column that has any."""
    lines = (small / "train.conllu").read_text("utf-8").split("\n")
    for number, line in enumerate(lines):
        cells = line.split("\t")
        if len(cells) == 10:
            cells[9] = "NER=B-X" if cells[3] == "PROPN" else "NER=O"
            lines[number] = "\t".join(cells)
    (tmp_path / "a.conllu").write_text("\n".join(lines), "utf-8")
    path = tmp_path / "a.conllu"
    tagger = seqtag.train(train=path, dev=path, columns="tag=UPOS+NER", **TINY)
    sentences = [["Mark", "Glouv", "carried", "Olga"], ["The", "stone"]]
    results = list(tagger.tag_many(sentences))
    assert list(tagger.tags_by) == ["UPOS", "NER"]
    for result in results:
        assert result.spans == result.spans_by["NER"]
        assert len(result.spans) == sum(tag.startswith("B-") for tag in result.tags_by["NER"])
    assert any(result.spans for result in results)
    assert tagger.spec.facts["dev"].keys() == {"accuracy", "accuracy_unseen"}


def test_tokens_in_the_place_of_tags_are_refused(tmp_path: Path) -> None:
    lines = [f"a\tword{n}\n" for n in range(5001)]
    (tmp_path / "a.conll").write_text("".join(lines))
    with pytest.raises(ConfigError, match="column -1 has 5,001 different tags.*check --columns"):
        seqtag.train(train=tmp_path / "a.conll", dev=tmp_path / "a.conll", **SMALL)


@pytest.mark.parametrize(
    "settings", [{"embedding.characters": "cnn"}, {"embedding.characters": "lstm"}]
)
def test_characters_are_read_where_asked_for(
    small: Path, tmp_path: Path, settings: Mapping[str, Any]
) -> None:
    sizes = {"embedding.character_size": 4, "embedding.character_hidden_size": 6}
    train(small, tmp_path / "run", **settings, **sizes, **{"embedding.word_min_count": 2})
    assert {"characters.json", "rare_words.json"} <= {
        path.name for path in (tmp_path / "run" / "model").iterdir()
    }
    tagger = seqtag.load(tmp_path / "run")
    assert tagger.tag(["Lake", "", "ẞ"]).tags
    seen = {line.split("\t")[0] for line in (small / "train.conll").read_text("utf-8").split("\n")}
    assert all(word in tagger.spec.known_words for word in seen - {""})


# Auxiliary columns


def test_auxiliary_columns_teach_and_leave_nothing_behind(tmp_path: Path) -> None:
    """Trained with them the model is another one of the same size, and resumed to the bit."""
    text = first_sentences(SAMPLES / "pos" / "train.conllu", 30)
    (tmp_path / "train.conllu").write_text(text, "utf-8")
    settings: dict[str, Any] = {**TINY, "training.epochs": 2}
    settings |= dict.fromkeys(("train", "dev"), tmp_path / "train.conllu")
    weights = {}
    for auxiliary in ("none", "XPOS", "XPOS+FEATS"):
        run = tmp_path / auxiliary
        settings["training.auxiliary"] = auxiliary
        tagger = seqtag.train(output=run, **settings)
        weights[auxiliary] = tagger._engine.weights()
        with pytest.raises(Interrupted):
            seqtag.train(
                output=tmp_path / "stopped",
                should_stop=stop_after(4),
                force=True,
                **settings,
            )
        assert seqtag.load(tmp_path / "stopped").tag(["It"]).tags
        seqtag.train(output=tmp_path / "stopped", resume=True)
        assert_same_run(run, tmp_path / "stopped")
    config = tomllib.loads((tmp_path / "XPOS+FEATS" / "config.toml").read_text("utf-8"))
    assert config["training"]["auxiliary"] == "XPOS+FEATS"
    shapes = [{name: w.shape for name, w in values.items()} for values in weights.values()]
    assert shapes[0] == shapes[1] == shapes[2]
    name = "encoder.forwards.0.weight_hh_l0"
    assert not np.array_equal(weights["none"][name], weights["XPOS"][name])


def test_another_auxiliary_column_is_another_training(tmp_path: Path) -> None:
    text = first_sentences(SAMPLES / "pos" / "train.conllu", 20)
    (tmp_path / "train.conllu").write_text(text, "utf-8")
    run, settings = tmp_path / "run", {**TINY, "train": tmp_path / "train.conllu"}
    with pytest.raises(Interrupted):
        seqtag.train(output=run, should_stop=stop_after(2), **settings)
    other = text.replace("\tNN\t", "\tN\t")
    (tmp_path / "train.conllu").write_text(other, "utf-8")
    with pytest.raises(seqtag.ModelError, match="taken on other data"):
        seqtag.train(output=run, resume=True)


def test_columns_that_auto_stands_for_are_written_by_name(tmp_path: Path) -> None:
    text = first_sentences(SAMPLES / "pos" / "train.conllu", 20)
    (tmp_path / "train.conllu").write_text(text, "utf-8")
    (tmp_path / "train.conll").write_text("It O\nruns B-X\n\n" * 5, "utf-8")
    for name, expected in (("train.conllu", "XPOS+FEATS"), ("train.conll", "none")):
        settings: dict[str, Any] = {**TINY, "training.epochs": 1, "train": tmp_path / name}
        seqtag.train(output=tmp_path / "run", force=True, **settings)
        config = tomllib.loads((tmp_path / "run" / "config.toml").read_text("utf-8"))
        assert config["training"]["auxiliary"] == expected
