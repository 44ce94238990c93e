from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqtag.config import parse_class_weights
from seqtag.errors import ConfigError


@pytest.mark.parametrize("text", ["none", "balanced"])
def test_words_name_no_weights(text: str) -> None:
    assert parse_class_weights(text) == {}


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("PER=2", {"PER": 2.0}),
        ("B-PER=2,O=0.5", {"B-PER": 2.0, "O": 0.5}),
        (" B-PER = 2 , O = 0.5 ", {"B-PER": 2.0, "O": 0.5}),
        ("O=1e-3,X=0,Y=.5", {"O": 0.001, "X": 0.0, "Y": 0.5}),
        ("Case=Acc,Nom|Number=Sing=2,_=3", {"Case=Acc,Nom|Number=Sing": 2.0, "_": 3.0}),
        ("=2,,=3,a b=4", {"=2,,": 3.0, "a b": 4.0}),
    ],
)
def test_weights_are_read(text: str, weights: dict[str, float]) -> None:
    assert parse_class_weights(text) == weights


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "PER", "PER=", "=2", "PER=two", "PER=-1", "PER=1001", "PER=nan", "PER=inf"),
        *("PER=2,O", "PER=2,,", "O=1\nPER=2", "None", "auto"),
    ],
)
def test_what_are_no_weights_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_class_weights(text)
    assert caught.value.message == (
        f"training.class_weights is {text!r}: give none, balanced, or weights such as "
        "PER=2,O=0.5, each from 0 to 1000"
    )


def test_name_given_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="PER is named twice"):
        parse_class_weights("PER=2,O=1,PER=3")


@given(st.text(alphabet="ab=,- .2\n|", max_size=12) | st.text(max_size=12))
@example("=" * 12)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        weights = parse_class_weights(text)
    except ConfigError:
        return
    assert all(name and 0 <= number <= 1000 for name, number in weights.items())
