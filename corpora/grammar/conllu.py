"""Sentences as CoNLL-U."""

from __future__ import annotations

from collections.abc import Sequence

from .words import Word


def surface_tokens(words: Sequence[Word]) -> list[list[Word]]:
    """Return the written words in groups, each of them a token as it stands in the text."""
    tokens: list[list[Word]] = []
    for word in words:
        if word.joined:
            tokens[-1].append(word)
        elif not word.empty:
            tokens.append([word])
    return tokens


def raw_text(words: Sequence[Word]) -> str:
    """Return the sentence as running text."""
    text = ""
    for token in surface_tokens(words):
        text += " " if text and not token[0].tight else ""
        text += "".join(word.form for word in token)
    return text


def conllu(words: Sequence[Word], sentence_id: str) -> str:
    """Return the sentence as CoNLL-U: comments, a line a word, and an empty line.

    Heads and relations are left open. Words that are written as one get the line of a multiword
    token, and words that are only understood become empty nodes.
    """
    lines = [f"# sent_id = {sentence_id}", f"# text = {raw_text(words)}"]
    written = [word for word in words if not word.empty]
    starts = [index for index, word in enumerate(written) if not word.joined]
    ends = dict(zip(starts, [*starts[1:], len(written)], strict=True))
    number = 0
    for word in words:
        if word.empty:
            lines.append(_line(f"{number}.1", word, "_"))
            continue
        number += 1
        end = ends.get(number - 1, number)
        space = "SpaceAfter=No" if end < len(written) and written[end].tight else "_"
        if not word.joined and end > number:
            form = "".join(part.form for part in written[number - 1 : end])
            columns = [f"{number}-{end}", form, *"_______", space]
            lines.append("\t".join(columns))
        alone = not word.joined and end == number
        lines.append(_line(str(number), word, space if alone else "_"))
    return "\n".join(lines) + "\n\n"


def _line(number: str, word: Word, misc: str) -> str:
    columns = [number, word.form, word.lemma, word.upos, word.xpos, word.feats, *"___", misc]
    return "\t".join(columns)
