"""Scores of translations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

_TOKENIZERS = {"zh": "zh"} | dict.fromkeys(("ja", "ko", "th", "lo", "km", "my", "bo", "dz"), "char")
"""How sacrebleu splits texts of languages in which spaces do not stand between words.

Korean has spaces, but between phrases; for Korean and Japanese sacrebleu has better ways, which
need further packages.
"""

_MOST_PERPLEXITY = 1e12  # no number that JSON lacks, whatever a network says


def score_translations(
    sources: Sequence[str],
    translations: Sequence[str],
    references: Sequence[str],
    *,
    by_character: bool,
    language: str = "",
) -> dict[str, Any]:
    """Score translations.

    Args:
        sources: What was translated. Lines with the same source are one question with several
            right answers for ``exact_match`` and ``symbol_error_rate``, of which the nearest
            counts.
        translations: What was written for each.
        references: What it should be.
        by_character: Whether symbols are characters; otherwise what stands between spaces.
        language: The code of the references' language. For those without spaces between words,
            and for Korean, BLEU counts characters.

    Returns:
        ``bleu`` and ``chrf`` from 0 to 100 with their ``signature`` (sacrebleu: Post 2018);
        ``exact_match``, the share of sources whose translation is right; ``symbol_error_rate``,
        the symbols that would have to be changed for each that is right; ``length_ratio``, the
        symbols written for each of the references.
    """
    from sacrebleu.metrics.chrf import CHRF

    bleu, chrf = _bleu(language), CHRF()
    hypotheses, listed = list(translations), [list(references)]
    scores: dict[str, Any] = {
        "bleu": bleu.corpus_score(hypotheses, listed).score if hypotheses else 0.0,
        "chrf": chrf.corpus_score(hypotheses, listed).score if hypotheses else 0.0,
    }
    split = list if by_character else str.split
    scores |= _symbol_scores(
        sources, [split(text) for text in translations], [split(text) for text in references]
    )
    if hypotheses:
        scores["signature"] = {
            "bleu": str(bleu.get_signature()),
            "chrf": str(chrf.get_signature()),
        }
    return scores


def _symbol_scores(
    sources: Sequence[str], written: Sequence[list[str]], wanted: Sequence[list[str]]
) -> dict[str, float]:
    """Return the scores that go by symbols.

    Args:
        sources: What was translated.
        written: The symbols of each translation.
        wanted: Those of its reference.
    """
    by_source: dict[str, list[int]] = {}
    for line, source in enumerate(sources):
        by_source.setdefault(source, []).append(line)
    right = errors = symbols = 0
    for lines in by_source.values():
        answer, answers = written[lines[0]], [wanted[line] for line in lines]
        right += answer in answers
        distance, length = min((edit_distance(answer, each), len(each)) for each in answers)
        errors += distance
        symbols += length
    return {
        "exact_match": right / max(1, len(by_source)),
        "symbol_error_rate": errors / max(1, symbols),
        "length_ratio": sum(map(len, written)) / max(1, sum(map(len, wanted))),
    }


def score_by_length(
    lengths: Sequence[int],
    translations: Sequence[str],
    references: Sequence[str],
    groups: int,
    *,
    language: str = "",
) -> list[dict[str, Any]]:
    """Return BLEU for sources of similar length, from short to long.

    Args:
        lengths: The length of each source, in units.
        translations: What was written for each.
        references: What it should be.
        groups: Number of groups, as equal in their number of sources as lengths allow.
        language: As for `score_translations`.

    Returns:
        For each group the lengths ``from`` and ``to``, both inclusive, its number of ``pairs``,
        and ``bleu``.
    """
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    found: list[dict[str, Any]] = []
    start = 0
    for group in range(1, groups + 1):
        end = max(start, len(order) * group // groups)
        # Sources of one length stay together.
        while 0 < end < len(order) and lengths[order[end]] == lengths[order[end - 1]]:
            end += 1
        if end == start:
            continue
        rows = order[start:end]
        score = _bleu(language).corpus_score(
            [translations[row] for row in rows], [[references[row] for row in rows]]
        )
        found.append(
            {
                "from": lengths[rows[0]],
                "to": lengths[rows[-1]],
                "pairs": len(rows),
                "bleu": score.score,
            }
        )
        start = end
    return found


def sentence_quality(translations: Sequence[str], references: Sequence[str]) -> list[float]:
    """Return chrF of each translation by itself, from 0 to 100."""
    from sacrebleu.metrics.chrf import CHRF

    chrf = CHRF()
    return [
        float(chrf.sentence_score(translation, [reference]).score)
        for translation, reference in zip(translations, references, strict=True)
    ]


def _bleu(language: str) -> BLEU:
    from sacrebleu.metrics.bleu import BLEU

    # sacrebleu's default, 13a, would take a sentence without spaces for a single word.
    return BLEU(tokenize=_TOKENIZERS.get(language.partition("-")[0].lower(), "13a"))


def translation_dev_score(scores: Mapping[str, Any], *, reads_characters: bool) -> float:
    """Return what training maximizes: the mean of BLEU and chrF, or the symbols that are right.

    The latter for words and their sounds. Of translations that are hardly begun, BLEU says nothing
    yet, and chrF does.
    """
    if reads_characters:
        return 1.0 - float(scores["symbol_error_rate"])
    return (float(scores["bleu"]) + float(scores["chrf"])) / 200.0


def perplexity(log_likelihood: float, units: int) -> float:
    """Return the perplexity of some units, their ends included; a trillion at most."""
    return min(math.exp(min(-log_likelihood / max(1, units), 700.0)), _MOST_PERPLEXITY)


def edit_distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many symbols must be put in, left out or replaced (Levenshtein 1966)."""
    row = list(range(len(second) + 1))
    for count, symbol in enumerate(first, 1):
        diagonal, row[0] = row[0], count
        for place, other in enumerate(second, 1):
            change = diagonal + (symbol != other)
            diagonal = row[place]
            row[place] = min(change, diagonal + 1, row[place - 1] + 1)
    return row[-1]
