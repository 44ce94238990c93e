"""Labels of texts, written as TSV or JSON lines."""

from __future__ import annotations

import json
import re
from typing import Any, Literal, TypeAlias

from seqtag.text.label import Label

LabelFormat: TypeAlias = Literal["tsv", "jsonl"]

_BREAKS = re.compile("\r\n|[\t\n\r]")
_DECIMALS = 6


def label_text(label: Label, format: LabelFormat) -> str:
    """Return a labelled text as one line.

    - ``tsv``: the text, its label and the label's probability, so that the file can be read as one
      of labelled texts. Tabs and line ends inside the text are written as spaces.
    - ``jsonl``: a JSON object with ``text``, ``label``, ``score``, ``scores`` of all labels,
      ``tokens``, ``attention``, how much the network looked at each token, and, where there is a
      linear path, ``evidence``, how much each token speaks for the label.
    """
    if format == "tsv":
        return f"{_BREAKS.sub(' ', label.text)}\t{label.label}\t{label.score:.4f}\n"
    result: dict[str, Any] = {
        "text": label.text,
        "label": label.label,
        "score": round(label.score, _DECIMALS),
        "scores": {name: round(score, _DECIMALS) for name, score in label.scores.items()},
        "tokens": label.tokens,
        "attention": [round(weight, _DECIMALS) for weight in label.attention.tolist()],
    }
    if label.evidence is not None:
        result["evidence"] = [round(weight, _DECIMALS) for weight in label.evidence.tolist()]
    return json.dumps(result, ensure_ascii=False) + "\n"
