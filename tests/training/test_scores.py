from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.v1 import precision_recall_fscore_support
from seqeval.scheme import BILOU, IOB2, IOBES

from seqtag.text.schemes import Scheme, convert, find_spans
from seqtag.text.tag_column import TagColumn
from seqtag.text.vocabulary import Vocabulary
from seqtag.training.scores import (
    StrictScheme,
    confusion,
    conlleval_f1,
    dev_score,
    score_columns,
    score_tags,
    strict_scores,
    summarize_seeds,
)

SEQEVAL = {"bio": IOB2, "bioes": IOBES, "bilou": BILOU}
PREFIXES = {"bio": "BI", "bioes": "BIES", "bilou": "BILU"}
STRICT_SCHEMES: tuple[StrictScheme, ...] = get_args(StrictScheme)

Corpus = list[list[str]]
Pairs = list[tuple[list[str], list[str]]]


def all_tags(prefixes: str) -> list[str]:
    return ["O", *(f"{prefix}-{label}" for label in "XY" for prefix in prefixes)]


def annotated(tags: list[str], *, valid: Scheme | None = None) -> st.SearchStrategy[Pairs]:
    """Return sentences with annotated and predicted tags, which often agree."""

    def build(tokens: list[tuple[str, str, bool]]) -> tuple[list[str], list[str]]:
        gold = [a for a, _, _ in tokens]
        given = [a if agree else b for a, b, agree in tokens]
        return (gold, given) if valid is None else (convert(gold, valid), convert(given, valid))

    tag = st.sampled_from(tags)
    return st.lists(
        st.lists(st.tuples(tag, tag, st.sampled_from([True, True, False])), max_size=8).map(build),
        min_size=1,
        max_size=4,
    )


def split(pairs: Pairs) -> tuple[Corpus, Corpus]:
    return [gold for gold, _ in pairs], [given for _, given in pairs]


def assert_same_as_seqeval(
    scores: dict[str, Any], gold: Corpus, predicted: Corpus, scheme: StrictScheme
) -> None:
    if not any(gold) and not any(predicted):
        return
    options = {"scheme": SEQEVAL[scheme], "zero_division": 0}
    micro = precision_recall_fscore_support(gold, predicted, average="micro", **options)
    assert [scores[key] for key in ("precision", "recall", "f1")] == pytest.approx(micro[:3])
    by_type = precision_recall_fscore_support(gold, predicted, average=None, **options)
    found = [
        [values[key] for key in ("precision", "recall", "f1", "support")]
        for values in scores["by_type"].values()
    ]
    expected = [list(row) for row in zip(*by_type, strict=True)]
    assert [pytest.approx(row) for row in found] == expected


@pytest.mark.parametrize("scheme", STRICT_SCHEMES)
@settings(max_examples=100)
@given(data=st.data())
def test_strict_scores_are_those_of_seqeval(scheme: StrictScheme, data: st.DataObject) -> None:
    """For tags used well and badly."""
    gold, predicted = split(data.draw(annotated(all_tags(PREFIXES[scheme]))))
    assert_same_as_seqeval(strict_scores(gold, predicted, scheme), gold, predicted, scheme)


@pytest.mark.parametrize("scheme", STRICT_SCHEMES)
@settings(max_examples=50)
@given(data=st.data())
def test_strict_scores_of_valid_tags_compare_spans(
    scheme: StrictScheme, data: st.DataObject
) -> None:
    """And then they are those of conlleval, and the same in every scheme."""
    gold, predicted = split(data.draw(annotated(all_tags("BI"), valid=scheme)))
    scores = strict_scores(gold, predicted, scheme)
    assert_same_as_seqeval(scores, gold, predicted, scheme)
    assert scores["f1"] == conlleval_f1(gold, predicted)
    gold, predicted = ([convert(tags, "iob1") for tags in part] for part in (gold, predicted))
    assert strict_scores(gold, predicted, "iob1") == scores


@settings(max_examples=100)
@given(annotated(all_tags("BI")))
def test_iob1_is_compared_as_bio(pairs: Pairs) -> None:
    gold, predicted = split(pairs)
    scores = strict_scores(gold, predicted, "iob1")
    gold, predicted = ([convert(tags, "bio") for tags in part] for part in (gold, predicted))
    assert_same_as_seqeval(scores, gold, predicted, "bio")


@settings(max_examples=100)
@given(annotated([*all_tags("BIESLU"), "_", "NN", "B-", "B"]), st.sampled_from(get_args(Scheme)))
def test_tags_of_all_sorts_have_scores(pairs: Pairs, scheme: Scheme) -> None:
    gold, predicted = split(pairs)
    scores = strict_scores(gold, predicted, scheme)
    assert 0.0 <= scores["f1"] <= 1.0
    assert strict_scores(gold, gold, scheme)["f1"] in (0.0, 1.0)


def test_sentence_in_another_scheme_is_read_by_its_spans() -> None:
    """A test file may be written in another scheme than the training file."""
    gold = [["B-X", "E-X", "S-Y"], ["B-X", "I-X", "B-Y"]]
    predicted = [["B-X", "I-X", "B-Y"], ["B-X", "I-X", "O"]]
    scores = strict_scores(gold, predicted, "bio")
    assert (scores["precision"], scores["recall"]) == (1.0, 0.75)


def test_stray_inside_tag_is_a_span_for_conlleval_and_none_in_strict_reading() -> None:
    gold, predicted = [["B-X", "I-X"]], [["I-X", "I-X"]]
    assert strict_scores(gold, predicted, "bio")["f1"] == 0.0
    assert conlleval_f1(gold, predicted) == 1.0


class ChunkCounter:
    """Counts chunks as the conlleval script does: token by token, with flags."""

    def __init__(self) -> None:
        self.correct = self.gold = self.guessed = 0

    @staticmethod
    def ends(before: tuple[str, str], now: tuple[str, str]) -> bool:
        (tag, kind), (next_tag, next_kind) = before, now
        if tag == "O":
            return False
        return tag in "ESLU" or next_tag in "BSUO" or kind != next_kind

    @staticmethod
    def starts(before: tuple[str, str], now: tuple[str, str]) -> bool:
        (tag, kind), (next_tag, next_kind) = before, now
        if next_tag == "O":
            return False
        return next_tag in "BSU" or tag in "ESLUO" or kind != next_kind

    def add(self, gold: Sequence[str], guessed: Sequence[str]) -> None:
        outside = ("O", "")
        in_correct = False
        before_gold = before_guessed = outside
        pairs = zip([*gold, "O"], [*guessed, "O"], strict=True)
        for gold_tag, guessed_tag in pairs:
            now_gold = (gold_tag[0], gold_tag[2:])
            now_guessed = (guessed_tag[0], guessed_tag[2:])
            if in_correct:
                gold_ends = self.ends(before_gold, now_gold)
                guessed_ends = self.ends(before_guessed, now_guessed)
                if gold_ends and guessed_ends:
                    self.correct += 1
                    in_correct = False
                elif gold_ends != guessed_ends:
                    in_correct = False
            gold_starts = self.starts(before_gold, now_gold)
            guessed_starts = self.starts(before_guessed, now_guessed)
            in_correct |= gold_starts and guessed_starts and now_gold[1] == now_guessed[1]
            self.gold += gold_starts
            self.guessed += guessed_starts
            before_gold, before_guessed = now_gold, now_guessed

    def f1(self) -> float:
        if not self.correct:
            return 0.0
        precision, recall = self.correct / self.guessed, self.correct / self.gold
        return 2 * precision * recall / (precision + recall)


@settings(max_examples=300)
@given(st.sampled_from(["BI", "BIES", "BILU"]).flatmap(lambda p: annotated(all_tags(p))))
def test_conlleval_f1_is_that_of_its_counting(pairs: Pairs) -> None:
    counter = ChunkCounter()
    for gold, predicted in pairs:
        counter.add(gold, predicted)
    assert conlleval_f1(*split(pairs)) == pytest.approx(counter.f1())


def test_accuracy_counts_tokens_and_those_of_unseen_words() -> None:
    scores = score_tags(
        [["a", "b", "c"], ["c"]],
        [["N", "V", "N"], ["V"]],
        [["N", "N", "N"], ["N"]],
        known_words={"a", "b"},
        scheme=None,
    )
    assert scores == {"accuracy": 0.5, "accuracy_unseen": 0.5}


def test_accuracy_of_unseen_words_is_none_where_all_are_known() -> None:
    scores = score_tags([["a"]], [["N"]], [["N"]], {"a"}, None)
    assert scores["accuracy_unseen"] is None


def test_nothing_to_score_scores_nothing() -> None:
    scores = score_tags([], [], [], set(), "bio")
    assert (scores["accuracy"], scores["accuracy_unseen"]) == (0.0, None)
    assert (scores["f1"], scores["conlleval_f1"], scores["by_type"]) == (0.0, 0.0, {})


def test_missing_predictions_are_a_defect_and_no_score() -> None:
    with pytest.raises(ValueError, match="zip"):
        score_tags([["a", "b"]], [["N", "N"]], [["N"]], set(), None)


def column(name: str, scheme: Scheme | None) -> TagColumn:
    tags = Vocabulary(["O"], has_unknown=False)
    return TagColumn(name=name, tags=tags, file_scheme=scheme, scheme=scheme, crf=False)


TOKENS = [["Ada", "runs"]]
GOLD = {"NER": [["B-X", "O"]], "UPOS": [["NOUN", "VERB"]]}
PREDICTED = {"NER": [["B-X", "B-X"]], "UPOS": [["NOUN", "NOUN"]]}


def test_scores_of_a_single_column_stand_alone() -> None:
    scores = score_columns([column("UPOS", None)], TOKENS, GOLD, PREDICTED, {"Ada"})
    assert scores == {"accuracy": 0.5, "accuracy_unseen": 0.0}


def test_scores_of_the_main_column_stand_above_those_of_all() -> None:
    columns = [column("NER", "bio"), column("UPOS", None)]
    scores = score_columns(columns, TOKENS, GOLD, PREDICTED, {"Ada"})
    by_column = scores.pop("by_column")
    assert list(by_column) == ["NER", "UPOS"]
    assert scores == by_column["NER"]
    assert scores["recall"] == 1.0
    assert scores["precision"] == 0.5
    assert by_column["UPOS"]["accuracy"] == 0.5


def test_dev_score_is_f1_of_spans_else_accuracy_averaged_over_columns() -> None:
    assert dev_score({"accuracy": 0.9, "accuracy_unseen": None}) == 0.9
    assert dev_score({"accuracy": 0.9, "f1": 0.0}) == 0.0
    columns = {"NER": {"accuracy": 0.9, "f1": 0.5}, "UPOS": {"accuracy": 0.75}}
    assert dev_score({**columns["NER"], "by_column": columns}) == 0.625


@given(annotated(all_tags("BI")))
def test_confusion_counts_every_pair_of_tags(pairs: Pairs) -> None:
    gold, predicted = split(pairs)
    table = confusion(gold, predicted)
    flat = [(a, b) for x, y in zip(gold, predicted, strict=True) for a, b in zip(x, y, strict=True)]
    assert {(a, b): n for a, row in table.items() for b, n in row.items()} == {
        pair: flat.count(pair) for pair in flat
    }
    assert list(table) == sorted(table)
    assert all(list(row) == sorted(row) for row in table.values())


def run(accuracy: float, **more: object) -> dict[str, Any]:
    return {
        "dev": {"accuracy": accuracy, "accuracy_unseen": None, "confusion": {"U": {"A": {"B": 3}}}},
        "train": {"seconds": 10 * accuracy},
        **more,
    }


def test_seeds_are_summarized_by_mean_and_sample_deviation() -> None:
    values = [0.5, 0.75, 0.625]
    summary = summarize_seeds({f"seed-{n}": run(value) for n, value in enumerate(values)})
    assert summary["mean"] == {"dev": {"accuracy": 0.625}, "train": {"seconds": 6.25}}
    deviation = statistics.stdev(values)
    assert summary["deviation"]["dev"]["accuracy"] == pytest.approx(deviation)
    assert summary["deviation"]["train"]["seconds"] == pytest.approx(10 * deviation)
    assert summary["best"] == "seed-1"
    assert summary["seeds"]["seed-2"] == {
        "dev": {"accuracy": 0.625, "accuracy_unseen": None},
        "train": {"seconds": 6.25},
    }


def test_single_seed_has_no_deviation() -> None:
    summary = summarize_seeds({"seed-1": run(0.5)})
    assert summary["deviation"]["dev"] == {"accuracy": 0.0}


def test_number_that_a_run_lacks_has_no_mean() -> None:
    summary = summarize_seeds({"a": run(0.5, test={"f1": 0.1, "ok": True}), "b": run(0.25)})
    assert "test" not in summary["mean"]
    assert summary["seeds"]["a"]["test"] == {"f1": 0.1, "ok": True}


def test_numbers_below_types_and_columns_are_summarized_too() -> None:
    runs = {
        name: {"dev": {"accuracy": value, "by_type": {"X": {"f1": value, "support": 2}}}}
        for name, value in (("a", 0.25), ("b", 0.75))
    }
    summary = summarize_seeds(runs)
    assert summary["mean"]["dev"]["by_type"] == {"X": {"f1": 0.5, "support": 2}}


def test_first_of_equally_good_seeds_is_the_best() -> None:
    assert summarize_seeds({"seed-3": run(0.5), "seed-1": run(0.5)})["best"] == "seed-3"


def test_spans_of_the_reference_are_those_of_the_package() -> None:
    """Guards the reference above: both find the same number of spans in plain tags."""
    counter = ChunkCounter()
    tags = ["B-X", "I-X", "I-Y", "O", "I-Y", "B-Y"]
    counter.add(tags, tags)
    assert counter.gold == counter.correct == len(find_spans(tags)) == 4
