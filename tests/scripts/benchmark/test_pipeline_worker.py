from __future__ import annotations

import json
from pathlib import Path

import pytest

import seqtag
from scripts.benchmark.systems import seqtag as seqtag_worker
from scripts.benchmark.systems import seqtag_pipeline as worker
from scripts.benchmark.tables import speed_table
from tests.scripts.benchmark.test_document import tagging

LOADING = {"cores": 1, "engine": "torch", "precision": "fp32"}
SENTENCES = [["the", "cat", "sat", "."], ["a", "dog"], ["there"], [*"abcdefg"]] * 4


@pytest.fixture
def pipeline(pos_run: Path) -> worker.Pipeline:
    found = worker.Pipeline()
    found.load(pos_run, LOADING)
    return found


def test_documents_have_the_given_tokens_and_sentences(pipeline: worker.Pipeline) -> None:
    docs = pipeline.documents(SENTENCES)
    assert [len(list(doc.sents)) for doc in docs] == [7, 7, 2]
    sentences = [[token.text for token in sentence] for doc in docs for sentence in doc.sents]
    assert sentences == SENTENCES


def test_a_pipeline_answers_what_the_tagger_does(
    pipeline: worker.Pipeline, pos: seqtag.Tagger
) -> None:
    expected = [sentence.tags for sentence in pos.tag_many(SENTENCES)]
    assert pipeline.predict(SENTENCES) == expected
    assert [pipeline.predict_one(tokens) for tokens in SENTENCES] == expected


def test_tokens_are_tagged_and_counted(pipeline: worker.Pipeline, tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text("".join(json.dumps({"tokens": t}) + "\n" for t in SENTENCES), "utf-8")
    timing = worker.PipelineWorker(pipeline)
    facts = timing.prepare_prediction(str(path), 100)
    timed = timing.time_prediction()
    assert timed["amount"] == facts["amount"] >= 100
    assert timed["seconds"] > 0


def test_the_tagger_beside_it_has_a_limit(pos_run: Path, tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text("".join(json.dumps({"tokens": t}) + "\n" for t in SENTENCES), "utf-8")
    system = seqtag_worker.Seqtag()
    system.load(pos_run, LOADING)
    timing = seqtag_worker.SeqtagWorker(system)
    facts = timing.prepare_prediction(str(path), 100)
    assert timing.prepare_limit(training=False)["products"] > 0
    assert timing.time_limit("plain")["amount"] == facts["amount"]


def test_a_pair_of_seqtag_s_own_stands_once() -> None:
    found = {
        "default": {"tagging": {"default-pipeline": tagging(80_000, 1.25)}},
        "default-pipeline": {"tagging": {"default": tagging(64_000, 0.8)}},
    }
    lines = speed_table(found, "tagging").splitlines()
    assert len(lines) == 3
    assert lines[2].startswith("| seqtag default in a spaCy pipeline | **64,000**")
    assert "| seqtag default | **80,000** (72,000 to 88,000) | **0.80**" in lines[2]
