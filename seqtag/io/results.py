"""Tagged sentences from any source, written as CoNLL, CoNLL-U or JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from seqtag.errors import DataError
from seqtag.io.block import ASCII_SPACE
from seqtag.io.columns import CONLLU_COLUMNS
from seqtag.io.conllu import set_confidence, set_tag
from seqtag.text.sentence import Sentence

ResultFormat: TypeAlias = Literal["conll", "conllu", "jsonl"]

_SPACES = re.compile(f"[{ASCII_SPACE}\n]+")
_DECIMALS = 6


def result_text(sentence: Sentence, format: ResultFormat, *, confidence: bool = False) -> str:
    r"""Return a tagged sentence as text that ends in a line feed.

    - ``conll``: a line ``token TAB tag ...`` for each token, then a blank line.
    - ``conllu``: ten columns with ID, FORM, the tag columns and ``SpaceAfter=No`` behind a comment
      with the text, then a blank line. A tag column that is none of the ten becomes a key in
      MISC; one that has a number for its name is called ``Tag``, followed by the number where
      there are several. A sentence without tokens has no form there and gives ``""``.
    - ``jsonl``: one JSON object in one line with ``tokens``, ``tags``, ``scores`` and ``spans``;
      ``nbest`` where the sentence has any; ``tags_by`` and ``scores_by`` where there are several
      tag columns.

    Args:
        sentence: The sentence with its tags in ``tags_by``.
        format: The format.
        confidence: Whether CoNLL and CoNLL-U tell the probability of each tag, from
            ``scores_by``: in further columns, or in MISC as ``UPOSConfidence=0.9731``.

    Raises:
        DataError: A token or a tag holds a character that the format cannot.
    """
    return _WRITERS[format](sentence, confidence)


def _conll_text(sentence: Sentence, confidence: bool) -> str:
    columns = [sentence.tokens, *sentence.tags_by.values()]
    if confidence:
        columns += [[f"{score:.4f}" for score in scores] for scores in sentence.scores_by.values()]
    lines = []
    for cells in zip(*columns, strict=True):
        for cell in cells:
            _check_cell(cell)
        lines.append("\t".join(cells) + "\n")
    return "".join(lines) + "\n"


def _conllu_text(sentence: Sentence, confidence: bool) -> str:
    if not sentence.tokens:
        return ""
    names = {name: _conllu_name(name, len(sentence.tags_by)) for name in sentence.tags_by}
    # A sentence of a longer text has offsets in all of it.
    text = sentence.text[sentence.offsets[0][0] : sentence.offsets[-1][1]]
    lines = [f"# text = {_SPACES.sub(' ', text)}\n"]
    starts = [start for start, _ in sentence.offsets[1:]]
    ends = [end for _, end in sentence.offsets[:-1]]
    spaces_after = [*(start > end for start, end in zip(starts, ends, strict=True)), True]
    for index, token in enumerate(sentence.tokens):
        _check_cell(token)
        # A column must not be empty, and an underscore stands for nothing.
        cells = [str(index + 1), token or "_", *["_"] * (len(CONLLU_COLUMNS) - 2)]
        try:
            for name, tags in sentence.tags_by.items():
                set_tag(cells, names[name], tags[index])
        except ValueError as error:
            raise DataError(str(error)) from error
        for name, scores in sentence.scores_by.items() if confidence else ():
            set_confidence(cells, names[name], scores[index])
        if not spaces_after[index]:
            cells[-1] = "SpaceAfter=No" if cells[-1] == "_" else f"{cells[-1]}|SpaceAfter=No"
        lines.append("\t".join(cells) + "\n")
    return "".join(lines) + "\n"


def _jsonl_text(sentence: Sentence, _: bool) -> str:
    result: dict[str, Any] = {
        "tokens": sentence.tokens,
        "tags": sentence.tags,
        "scores": _rounded(sentence.scores),
        "spans": [
            {
                "start": span.start,
                "end": span.end,
                "label": span.label,
                "score": round(float(span.score), _DECIMALS),
                "text": span.text,
            }
            for span in sentence.spans
        ],
    }
    if sentence.nbest:
        result["nbest"] = [
            {"tags": tags, "score": round(float(score), _DECIMALS)}
            for tags, score in sentence.nbest
        ]
    if len(sentence.tags_by) > 1:
        result["tags_by"] = sentence.tags_by
        result["scores_by"] = {
            name: _rounded(scores) for name, scores in sentence.scores_by.items()
        }
    return json.dumps(result, ensure_ascii=False) + "\n"


_WRITERS: dict[ResultFormat, Callable[[Sentence, bool], str]] = {
    "conll": _conll_text,
    "conllu": _conllu_text,
    "jsonl": _jsonl_text,
}


def _conllu_name(name: str, count: int) -> str:
    if not name.removeprefix("-").isdecimal():
        return name
    return "Tag" if count == 1 else f"Tag{name}"


def _check_cell(cell: str) -> None:
    if "\t" in cell or "\n" in cell:
        message = f"{cell!r} holds a tab or a line end, which no column can; write jsonl"
        raise DataError(message)


def _rounded(scores: list[float]) -> list[float]:
    return [round(float(score), _DECIMALS) for score in scores]
