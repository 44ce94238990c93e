"""The model card: what a model is, how good, how large and how to use it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any


def model_card(description: Mapping[str, Any], *, words: int, parameters: int) -> str:
    """Return a model card in Markdown.

    Args:
        description: The content of ``model.json``.
        words: Number of words in the vocabulary.
        parameters: Number of weights.
    """
    columns = description["columns"]
    facts = description["facts"]
    encoder, embedding = description["encoder"], description["embedding"]
    names = " + ".join(column["name"] for column in columns)
    scored = {part: facts[part] for part in ("dev", "test") if part in facts}
    sections = [
        f"# seqtag tagger for column {names}",
        f"A model of seqtag {description['seqtag_version']}: it gives every token of a sentence a "
        "tag.",
        "## Tags",
        _table(
            ["column", "tags", "scheme", "decoder"],
            [
                [
                    column["name"],
                    str(len(column["tags"])),
                    column["file_scheme"] or "none",
                    "CRF" if column["crf"] else "softmax",
                ]
                for column in columns
            ],
        ),
        *(_tag_list(column) for column in columns),
        "## Data and scores",
        f"Trained on {facts.get('sentences', 0):,} sentences with {facts.get('tokens', 0):,} "
        f"tokens in {description['files']['format']} format.",
        _score_table(scored) if scored else "It was saved before it was scored.",
        "## Size",
        f"{parameters:,} weights ({parameters * 4 / 1e6:.1f} MB): {words:,} words, "
        f"{encoder['num_layers']} layers of bidirectional {encoder['cell'].upper()} with "
        f"{encoder['hidden_size']} units in each direction, word vectors of "
        f"{embedding['word_size']}, vectors of hashed n-grams of {embedding['ngram_size']}, "
        f"character encoder: {embedding['characters']}.",
        "## Use",
        '```python\nimport seqtag\n\ntagger = seqtag.load("path/to/this/folder")\n'
        'sentence = tagger.tag("A sentence to be tagged .".split())\n'
        "print(list(zip(sentence.tokens, sentence.tags, sentence.scores)))\n```",
        '```sh\necho "A sentence to be tagged." | seqtag tag path/to/this/folder --input text\n```',
        f"Raw text is tokenized by spaCy's rules for language "
        f"`{description['tokenizer']['language']}`.",
        "The folder holds safetensors and JSON only; opening it runs nothing.",
    ]
    return "\n\n".join(sections) + "\n"


def _tag_list(column: Mapping[str, Any], limit: int = 60) -> str:
    tags = [_code(tag) for tag in column["tags"][:limit]]
    rest = len(column["tags"]) - limit
    return f"{column['name']}: {', '.join(tags)}" + (f" and {rest} more" if rest > 0 else "")


def _code(text: str) -> str:
    """Return a code span, fenced by more backticks than the text has in a row."""
    runs = re.findall("`+", text)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    space = " " if runs else ""
    return f"{fence}{space}{text}{space}{fence}"


def _score_table(parts: Mapping[str, Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for scores in parts.values() for name in scores))
    rows = [[name, *(_number(scores.get(name)) for scores in parts.values())] for name in names]
    return _table(["score", *parts], rows)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
