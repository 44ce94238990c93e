"""Translations, written as text or JSON lines."""

from __future__ import annotations

import json
from typing import Any, Literal, TypeAlias

from seqtag.text.translation import Hypothesis, Translation

TranslationFormat: TypeAlias = Literal["text", "jsonl"]

_DECIMALS = 6


def translation_text(
    translation: Translation, format: TranslationFormat, *, nbest: bool = False
) -> str:
    """Return a translation as one line.

    - ``text``: the translation alone.
    - ``jsonl``: a JSON object with ``source``, ``text``, ``score``, ``log_probability``,
      ``tokens``, ``source_tokens``, ``attention`` (a list for each token and for the end, of a
      number for each source token and for the end), and, if asked for, ``nbest``: objects with
      ``text``, ``score``, ``log_probability`` and ``tokens``.
    """
    if format == "text":
        return f"{translation.text}\n"
    result: dict[str, Any] = {
        "source": translation.source,
        **_common(translation),
        "source_tokens": translation.source_tokens,
        "attention": [
            [round(weight, _DECIMALS) for weight in row] for row in translation.attention.tolist()
        ],
    }
    if nbest:
        result["nbest"] = [_common(hypothesis) for hypothesis in translation.nbest]
    return json.dumps(result, ensure_ascii=False) + "\n"


def _common(found: Translation | Hypothesis) -> dict[str, Any]:
    return {
        "text": found.text,
        "score": round(found.score, _DECIMALS),
        "log_probability": round(found.log_probability, _DECIMALS),
        "tokens": found.tokens,
    }
