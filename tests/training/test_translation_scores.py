from __future__ import annotations

import functools
import math

import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from seqtag.training.translation_scores import (
    edit_distance,
    perplexity,
    score_by_length,
    score_translations,
    sentence_quality,
    translation_dev_score,
)

SOURCES = ["s1", "s2", "s3"]
WRITTEN = ["The cat sat on the mat.", "a dog , maybe two dogs", "It's 10 o'clock"]
WANTED = ["The cat sat on a mat.", "a dog, or maybe two dogs", "It's 10 o'clock now"]


def test_bleu_and_chrf_are_those_of_sacrebleu() -> None:
    scores = score_translations(SOURCES, WRITTEN, WANTED, by_character=False)
    assert scores["bleu"] == sacrebleu.corpus_bleu(WRITTEN, [WANTED]).score
    assert scores["chrf"] == sacrebleu.corpus_chrf(WRITTEN, [WANTED]).score
    version = sacrebleu.__version__
    signature = f"nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:{version}"
    assert scores["signature"]["bleu"] == signature
    assert scores["signature"]["chrf"].startswith("nrefs:1|case:mixed|eff:yes|nc:6|nw:0")


@pytest.mark.parametrize("language", ["zh", "zh-Hans", "ZH"])
def test_chinese_is_split_into_characters(language: str) -> None:
    written, wanted = ["我喜欢狗和猫。"], ["我很喜欢狗和猫。"]
    scores = score_translations(["a"], written, wanted, by_character=False, language=language)
    assert scores["bleu"] == sacrebleu.corpus_bleu(written, [wanted], tokenize="zh").score
    assert "tok:zh" in scores["signature"]["bleu"]


@pytest.mark.parametrize(
    ("language", "written", "wanted"),
    [
        ("ja", "猫はマットに座った。", "猫がマットに座った。"),
        ("ko-KR", "고양이가 앉았다.", "고양이는 앉았다."),
        ("TH", "แมวนั่งบนเสื่อ", "แมวนอนบนเสื่อ"),
        ("lo", "ແມວນັ່ງຢູ່", "ແມວນອນຢູ່"),
        ("km", "ឆ្មាអង្គុយ", "ឆ្មាដេក"),
        ("my", "ကြောင်ထိုင်သည်", "ကြောင်အိပ်သည်"),
    ],
)
def test_languages_without_spaces_are_split_into_characters(
    language: str, written: str, wanted: str
) -> None:
    scores = score_translations(["a"], [written], [wanted], by_character=False, language=language)
    assert "tok:char" in scores["signature"]["bleu"]
    spaced = [" ".join(text.replace(" ", "")) for text in (written, wanted)]
    by_hand = sacrebleu.corpus_bleu([spaced[0]], [[spaced[1]]], tokenize="none")
    assert scores["bleu"] == pytest.approx(by_hand.score)
    assert scores["bleu"] > 10.0
    (group,) = score_by_length([3], [written], [wanted], 1, language=language)
    assert group["bleu"] == scores["bleu"]


def test_columns_and_other_languages_are_split_as_usual() -> None:
    for language in ("1", "zhu", "de", "target"):
        scores = score_translations(SOURCES, WRITTEN, WANTED, by_character=False, language=language)
        assert "tok:13a" in scores["signature"]["bleu"]


def test_symbols_are_what_stands_between_spaces_or_characters() -> None:
    written, wanted = ["K AE T", "D AO G"], ["K AE T", "D AA G Z"]
    scores = score_translations(["cat", "dogs"], written, wanted, by_character=False)
    assert scores["exact_match"] == 0.5
    assert scores["symbol_error_rate"] == pytest.approx(2 / 7)
    assert scores["length_ratio"] == pytest.approx(6 / 7)
    scores = score_translations(["a", "b"], ["katt", "hund"], ["katze", "hund"], by_character=True)
    assert scores["exact_match"] == 0.5
    assert scores["symbol_error_rate"] == pytest.approx(2 / 9)
    assert scores["length_ratio"] == pytest.approx(8 / 9)


def test_any_right_answer_of_a_source_counts() -> None:
    """Three words, of which the first has three pronunciations; one of the words is missed."""
    sources = ["either", "cat", "either", "dog", "either"]
    wanted = ["IY DH ER", "K AE T", "AY DH ER", "D AO G", "EH"]
    written = ["AY DH ER", "K AE T", "AY DH ER", "D AA", "AY DH ER"]
    scores = score_translations(sources, written, wanted, by_character=False)
    assert scores["exact_match"] == pytest.approx(2 / 3)
    assert scores["symbol_error_rate"] == pytest.approx(2 / 9)


def test_nearest_right_answer_is_compared_with() -> None:
    wanted = ["a b c d e f", "x y"]
    scores = score_translations(["s", "s"], ["x z"] * 2, wanted, by_character=False)
    assert scores["exact_match"] == 0.0
    assert scores["symbol_error_rate"] == pytest.approx(1 / 2)


def test_nothing_has_no_signature() -> None:
    scores = score_translations([], [], [], by_character=True)
    assert scores == {
        "bleu": 0.0,
        "chrf": 0.0,
        "exact_match": 0.0,
        "symbol_error_rate": 0.0,
        "length_ratio": 0.0,
    }


def test_empty_translations_are_scored() -> None:
    scores = score_translations(["a", "b"], ["", ""], ["x y", "z"], by_character=False)
    assert scores["bleu"] == 0.0
    assert scores["symbol_error_rate"] == 1.0
    assert scores["length_ratio"] == 0.0


def slow_distance(first: str, second: str) -> int:
    @functools.cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        change = distance(i - 1, j - 1) + (first[i - 1] != second[j - 1])
        return min(change, distance(i - 1, j) + 1, distance(i, j - 1) + 1)

    return distance(len(first), len(second))


TEXT = st.text("abc", max_size=8)


@given(TEXT, TEXT)
def test_edit_distance_is_that_of_the_recursion(first: str, second: str) -> None:
    assert edit_distance(first, second) == slow_distance(first, second)
    assert edit_distance(list(first), list(second)) == edit_distance(second, first)


@given(st.lists(st.integers(1, 9), max_size=30), st.integers(1, 6))
def test_groups_of_lengths_hold_every_source_once(lengths: list[int], groups: int) -> None:
    texts = [f"a b c d {n}" for n in range(len(lengths))]
    found = score_by_length(lengths, texts, texts, groups)
    assert sum(group["pairs"] for group in found) == len(lengths)
    assert len(found) <= groups
    for group in found:
        assert group["pairs"] == sum(group["from"] <= n <= group["to"] for n in lengths)
        assert group["bleu"] == pytest.approx(100.0)


def test_groups_have_the_bleu_of_their_own_pairs() -> None:
    found = score_by_length([3, 9, 4, 8], [*WRITTEN, "x y"], [*WANTED, "x z"], 2)
    assert [(group["from"], group["to"], group["pairs"]) for group in found] == [
        (3, 4, 2),
        (8, 9, 2),
    ]
    short = sacrebleu.corpus_bleu([WRITTEN[0], WRITTEN[2]], [[WANTED[0], WANTED[2]]]).score
    assert found[0]["bleu"] == pytest.approx(short)


def test_quality_of_a_translation_is_its_chrf() -> None:
    wanted = [
        sacrebleu.sentence_chrf(written, [right]).score
        for written, right in zip(WRITTEN, WANTED, strict=True)
    ]
    assert sentence_quality(WRITTEN, WANTED) == wanted


def test_perplexity_of_equal_chances_is_their_number() -> None:
    assert perplexity(-10 * math.log(7), 10) == pytest.approx(7.0)
    assert perplexity(-1e9, 1) == 1e12
    assert perplexity(0.0, 0) == 1.0


def test_training_maximizes_bleu_or_for_characters_the_symbols_that_are_right() -> None:
    scores = {"bleu": 30.0, "chrf": 50.0, "symbol_error_rate": 0.2}
    assert translation_dev_score(scores, reads_characters=False) == pytest.approx(0.4)
    assert translation_dev_score(scores, reads_characters=True) == pytest.approx(0.8)
    # Of two bad ones the better one is better, too.
    scores["symbol_error_rate"] = 3.0
    assert translation_dev_score(scores, reads_characters=True) == pytest.approx(-2.0)
