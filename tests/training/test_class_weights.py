from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from seqtag.errors import ConfigError
from seqtag.text.schemes import Scheme
from seqtag.text.tag_column import TagColumn
from seqtag.text.vocabulary import Vocabulary
from seqtag.training.class_weights import HIGHEST_BALANCED, class_weights

SPAN_TAGS = ["O", "B-PER", "I-PER", "E-PER", "S-PER", "B-LOC", "I-LOC", "E-LOC", "S-LOC"]


def column(tags: list[str], scheme: Scheme | None = None) -> TagColumn:
    return TagColumn(
        name="NER",
        tags=Vocabulary(tags, has_unknown=False),
        file_scheme=scheme,
        scheme=scheme,
        crf=scheme is not None,
    )


SPANS = column(SPAN_TAGS, "bioes")
WORDS = column(["NOUN", "X-Y", "Case=Acc,Nom", "O"])


def weigh(setting: str, *columns: TagColumn) -> list[list[float] | None]:
    counts = [np.ones(len(c.tags), dtype=np.int64) for c in columns]
    found = class_weights(setting, columns, counts)
    return [None if weights is None else weights.tolist() for weights in found]


@pytest.mark.parametrize("setting", ["none", "PER=1", "B-PER=1,O=1.0"])
def test_weights_of_one_are_no_weights(setting: str) -> None:
    assert weigh(setting, SPANS) == [None]


def test_label_stands_for_all_its_tags() -> None:
    assert weigh("PER=2,O=0.5", SPANS) == [[0.5, 2, 2, 2, 2, 1, 1, 1, 1]]


def test_tag_goes_before_its_label() -> None:
    assert weigh("S-PER=3,PER=2", SPANS) == [[1, 2, 2, 2, 3, 1, 1, 1, 1]]


def test_tags_that_are_no_spans_have_no_labels() -> None:
    """A hyphen means nothing in them."""
    assert weigh("X-Y=2,Case=Acc,Nom=0", WORDS) == [[1, 2, 0, 1]]
    with pytest.raises(ConfigError, match="'Y'"):
        weigh("Y=2", WORDS)


def test_name_counts_in_every_column_that_has_it() -> None:
    assert weigh("PER=2,O=3", SPANS, WORDS) == [[3, 2, 2, 2, 2, 1, 1, 1, 1], [1, 1, 1, 3]]
    assert weigh("NOUN=2", SPANS, WORDS) == [None, [2, 1, 1, 1]]


def test_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        weigh("PRE=2", SPANS)
    assert caught.value.message == (
        "training.class_weights names 'PRE', but training has no such tag or label: "
        "it has PER, S-PER, I-PER, …"
    )
    with pytest.raises(ConfigError, match="it has NOUN, X-Y, Case=Acc,Nom, O$"):
        weigh("wholly else=2", WORDS)


def balance(tag_column: TagColumn, counts: list[int]) -> npt.NDArray[np.float32]:
    [weights] = class_weights("balanced", [tag_column], [np.array(counts)])
    assert weights is not None
    return weights


def test_balanced_weights_are_inverse_square_roots_with_a_mean_of_one() -> None:
    counts = [900, 80, 14, 6]
    weights = balance(WORDS, counts)
    assert float(weights @ counts) / 1000 == pytest.approx(1.0)
    assert weights[1] / weights[0] == pytest.approx(math.sqrt(900 / 80))
    assert weights[3] / weights[0] == pytest.approx(math.sqrt(900 / 6))


def test_balanced_weights_of_spans_go_by_their_labels() -> None:
    """However long the spans of a label are, all their tags weigh the same."""
    weights = balance(SPANS, [900, 30, 20, 30, 10, 0, 0, 0, 10])
    assert len(set(weights[1:5])) == 1
    assert len(set(weights[5:])) == 1
    assert weights[1] / weights[0] == pytest.approx(math.sqrt(900 / 90))
    assert weights[5] / weights[0] == pytest.approx(math.sqrt(900 / 10))


def test_balanced_weights_have_a_limit() -> None:
    weights = balance(WORDS, [10**6, 1, 10, 0])
    assert weights[1] == weights[2] == HIGHEST_BALANCED
    assert weights[3] == 1.0  # never seen, so never weighed


def test_balance_of_one_class_changes_nothing() -> None:
    assert balance(column(["O"]), [7]).tolist() == [1.0]


def test_weights_that_leave_nothing_to_learn_are_refused() -> None:
    column = TagColumn(
        name="UPOS",
        tags=Vocabulary(["NOUN", "VERB"], has_unknown=False),
        file_scheme=None,
        scheme=None,
        crf=False,
    )
    with pytest.raises(ConfigError, match="0 for every tag"):
        class_weights("NOUN=0,VERB=0", [column], [np.array([1, 1])])
