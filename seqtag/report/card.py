"""The model card: what a model is, how good, how large and how to use it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MOST_NAMES = 60
"""Tags or labels listed."""


def model_card(
    description: Mapping[str, Any],
    vocabularies: Mapping[str, int],
    *,
    parameters: int,
    exports: Mapping[str, int] | None = None,
) -> str:
    """Return a model card in Markdown.

    Args:
        description: The content of ``model.json``.
        vocabularies: Number of strings in each of the model's vocabularies.
        parameters: Number of weights; 0 where only an exported network is there.
        exports: Exported networks: the names of their files, and their bytes.
    """
    exports = exports or {}
    facts = description["facts"]
    arguments = options = ""
    if not parameters and exports:
        precision = "int8" if any("int8" in name for name in exports) else "fp32"
        arguments = f', engine="onnx", precision="{precision}"'
        options = f" --engine onnx --precision {precision}"
    is_classifier = description.get("task") == "classify"
    what = _classifier(description) if is_classifier else _tagger(description)
    use = _classifier_use if is_classifier else _tagger_use
    counted = "texts" if is_classifier else "sentences"
    pooling = []
    if is_classifier:
        pooling = [f"pooling by {_pooling(description['pooling'])}"]
        if counted_ngrams := sum(description["linear"]["ngrams"]):
            pooling.append(f"a linear path of {counted_ngrams:,} n-grams of words and characters")
    scored = {part: facts[part] for part in ("dev", "test") if part in facts}
    sections = [
        *what,
        "## Data and scores",
        f"Trained on {facts.get(counted, 0):,} {counted} with {facts.get('tokens', 0):,} "
        f"tokens in {description['files']['format']} format.",
        _score_table(scored) if scored else "It was saved before it was scored.",
        "## Size",
        f"{_weights(parameters)}: "
        f"{vocabularies['words']:,} words, {_encoder(description['encoder'])}, "
        f"{', '.join([*pooling, *_embedding(description, vocabularies)])}.",
        *_exported(exports),
        "## Use",
        *use(arguments, options),
        _tokenizer(description["tokenizer"]),
        "The folder holds safetensors, ONNX and JSON only; opening it runs nothing in it.",
    ]
    return "\n\n".join(sections) + "\n"


def _tagger(description: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a tagger is and predicts."""
    columns = description["columns"]
    yield f"# seqtag tagger for column {' + '.join(column['name'] for column in columns)}"
    yield (
        f"A model of seqtag {description['seqtag_version']}: it gives every token of a sentence a "
        "tag."
    )
    yield "## Tags"
    yield _table(
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
    )
    for column in columns:
        yield f"{column['name']}: {_names(column['tags'])}"


def _tagger_use(arguments: str, options: str) -> Iterator[str]:
    yield (
        "```python\nimport seqtag\n\n"
        f'tagger = seqtag.load("path/to/this/folder"{arguments})\n'
        'sentence = tagger.tag("A sentence to be tagged .".split())\n'
        "print(list(zip(sentence.tokens, sentence.tags, sentence.scores)))\n```"
    )
    yield (
        '```sh\necho "A sentence to be tagged." | '
        f"seqtag tag path/to/this/folder --input text{options}\n```"
    )


def _classifier(description: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a classifier is and predicts."""
    labels, counts = description["labels"], description["label_counts"]
    yield f"# seqtag classifier with {len(labels):,} labels"
    yield f"A model of seqtag {description['seqtag_version']}: it gives a text a label."
    yield "## Labels"
    total = sum(counts)
    # A bar would end the cell of a table, whatever stands around it.
    rows = [
        [_code(_one_line(label)).replace("|", "\\|"), f"{count:,}", f"{count / total:.1%}"]
        for label, count in zip(labels[:_MOST_NAMES], counts, strict=False)
    ]
    yield _table(["label", "training texts", "share"], rows)
    if len(labels) > len(rows):
        yield f"and {len(labels) - len(rows):,} more"


def _classifier_use(arguments: str, options: str) -> Iterator[str]:
    yield (
        "```python\nimport seqtag\n\n"
        f'classifier = seqtag.load("path/to/this/folder"{arguments})\n'
        'label = classifier.classify("A text to be labelled.")\n'
        "print(label.label, label.score, label.scores)\n"
        "print(list(zip(label.tokens, label.attention)))\n```"
    )
    yield (
        '```sh\necho "A text to be labelled." | '
        f"seqtag classify path/to/this/folder --explain{options}\n```"
    )


def _pooling(pooling: Mapping[str, Any]) -> str:
    """Return how a text is made one vector, such as "dot attention with 4 heads"."""
    kind: str = pooling["kind"]
    if kind == "last":
        return "last state"
    if kind not in ("additive", "dot"):
        return kind
    heads = pooling["heads"]
    name = {"additive": "additive", "dot": "scaled dot-product"}[kind]
    return f"{name} attention with {heads} {'head' if heads == 1 else 'heads'}"


def _tokenizer(tokenizer: Mapping[str, Any]) -> str:
    if tokenizer["kind"] == "space":
        return "Raw text is split at white space."
    return f"Raw text is tokenized by spaCy's rules for language `{tokenizer['language']}`."


def _weights(parameters: int) -> str:
    """Return how large the network is."""
    if not parameters:
        return "An exported network alone"
    return f"{parameters:,} weights ({parameters * 4 / 1e6:.1f} MB)"


def _exported(exports: Mapping[str, int]) -> Iterator[str]:
    """Yield a line about the exported networks, if there are any."""
    if exports:
        files = [f"{_code(name)} ({size / 1e6:.1f} MB)" for name, size in exports.items()]
        yield f"Exported as {' and '.join(files)}."


def _embedding(description: Mapping[str, Any], vocabularies: Mapping[str, int]) -> Iterator[str]:
    """Yield what is read of a token."""
    embedding = description["embedding"]
    yield f"word vectors of {embedding['word_size']}"
    if "ngrams" in vocabularies:
        yield f"{vocabularies['ngrams']:,} n-gram vectors of {embedding['ngram_size']}"
    yield f"character encoder: {embedding['characters']}"
    if "vectors" in vocabularies:
        state = "tuned" if embedding["vectors_tuned"] else "frozen"
        size = description["vector_size"]
        yield f"{vocabularies['vectors']:,} pretrained vectors of {size} ({state})"
    if description["features"]:
        yield f"feature columns {'+'.join(item['name'] for item in description['features'])}"
    if "gazetteer" in vocabularies:
        yield f"{vocabularies['gazetteer']:,} phrases that are looked up"


def _encoder(encoder: Mapping[str, Any]) -> str:
    """Return what the encoder is made of, such as "2 layers of GRU with 50 units"."""
    count, cell = encoder["num_layers"], encoder["cell"]
    kind = {"rnn": "plain RNN", "peephole": "peephole LSTM"}.get(cell, cell.upper())
    text = f"{count} {'layer' if count == 1 else 'layers'} of "
    if encoder["bidirectional"]:
        text += f"bidirectional {kind} with {encoder['hidden_size']} units in each direction"
    else:
        text += f"{kind} with {encoder['hidden_size']} units, read from left to right"
    if encoder["attention"]:
        heads = encoder["attention_heads"]
        text += f", self-attention with {heads} {'head' if heads == 1 else 'heads'}"
    return text


def _names(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_NAMES
    shown = ", ".join(map(_code, names[:_MOST_NAMES]))
    return f"{shown} and {rest} more" if rest > 0 else shown


def _one_line(text: str) -> str:
    """Return text of which nothing breaks a line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


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
