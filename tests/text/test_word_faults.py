from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.text.word_faults import LONG, find_faults, may_have_faults

WORDS = st.text("ab \u200b\xa0é🙂", max_size=4) | st.sampled_from(["x" * LONG, "x" * (LONG + 1)])


@pytest.mark.parametrize(
    ("word", "faults"),
    [
        ("word", []),
        ("New York", []),
        ("x" * LONG, []),
        ("", [("empty", "the token is empty")]),
        ("  ", [("empty", "the token is nothing but spaces")]),
        (" a", [("spaces", "the token ' a' has spaces around it")]),
        ("a ", [("spaces", "the token 'a ' has spaces around it")]),
        ("\xa0", [("characters", "the token is nothing but U+00A0 NO-BREAK SPACE")]),
        ("a\xad", [("characters", "the token 'a\\xad' holds U+00AD SOFT HYPHEN")]),
        (
            "x" * (LONG + 1),
            [("long-token", f"the token '{'x' * 30}...{'x' * 30}' has {LONG + 1} characters")],
        ),
        (
            "\0" * (LONG + 1),
            [
                ("characters", "the token is nothing but U+0000 NULL"),
                ("long-token", "the token '" + chr(92) + "x00"),
            ],
        ),
    ],
)
def test_faults_are_told(word: str, faults: list[tuple[str, str]]) -> None:
    found = list(find_faults(word, "token"))
    assert [kind for kind, _ in found] == [kind for kind, _ in faults]
    for (_, message), (_, expected) in zip(found, faults, strict=True):
        assert message.startswith(expected)


@given(st.lists(WORDS, min_size=1))
def test_quick_look_misses_nothing(words: list[str]) -> None:
    if any(list(find_faults(word, "token")) for word in words):
        assert may_have_faults(words, "\n".join(words))


def test_quick_look_passes_what_is_usual() -> None:
    words = ["Ada", "Lovelace", "naïve", "e\u0301", "🙂", "x" * LONG] * 100
    assert not may_have_faults(words, "\n".join(words))
