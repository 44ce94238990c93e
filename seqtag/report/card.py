"""The model card: what a model is, how good, how large and how to use it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seqtag.report import numbers
from seqtag.text.torchtext import PREFIX

_MOST_NAMES = 60
"""Tags or labels listed."""

_SAFE = "The folder holds safetensors, ONNX and JSON only; opening it runs nothing in it."
_UNITS = {"char": "characters", "word": "words", "subword": "subwords"}


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
    if description.get("task") == "translate":
        told = _translator(description, vocabularies, parameters, exports)
        return "\n\n".join([*told, _SAFE.replace(", ONNX and", " and")]) + "\n"
    if description.get("task") == "generate":
        told = _generator(description, vocabularies, parameters)
        return "\n\n".join([*told, _SAFE.replace(", ONNX and", " and")]) + "\n"
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
    sections = [
        *what,
        "## Data and scores",
        f"Trained on {facts.get(counted, 0):,} {counted} with {facts.get('tokens', 0):,} "
        f"tokens in {description['files']['format']} format.",
        _scores(facts),
        "## Size",
        f"{_weights(parameters)}: "
        f"{vocabularies['words']:,} words, {_encoder(description['encoder'])}, "
        f"{', '.join([*pooling, *_embedding(description, vocabularies)])}.",
        *_exported(exports),
        "## Use",
        *use(arguments, options),
        _tokenizer(description["tokenizer"]),
        _SAFE,
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


def _translator(
    description: Mapping[str, Any],
    vocabularies: Mapping[str, int],
    parameters: int,
    exports: Mapping[str, int],
) -> Iterator[str]:
    """Yield a translator's card, but for its last paragraph."""
    facts, files = description["facts"], description["files"]
    source, target = (_code(_one_line(files[side])) for side in ("source", "target"))
    yield f"# seqtag translator from {source} to {target}"
    yield f"A model of seqtag {description['seqtag_version']}: it writes a text for a text."
    yield "## Data and scores"
    counts = [f"{facts.get('pairs', 0):,} pairs"]
    if "source_units" in facts and "target_units" in facts:
        counts.append(f"{facts['source_units']:,} units read and {facts['target_units']:,} written")
    yield f"Trained on {' with '.join(counts)}, in {files['format']} format."
    yield _scores(facts)
    yield from _signatures(facts)
    yield "## Units"
    yield _units(description["units"], vocabularies)
    yield "## Size"
    yield (
        f"{_weights(parameters)}: vectors of {description['vector_size']}; the encoder has "
        f"{_encoder(description['encoder'])}; the decoder has {_decoder(description['decoder'])}."
    )
    yield from _exported(exports)
    yield "## Search"
    yield f"Where nothing else is said, {_search(description['search'])}"
    yield "## Use"
    yield (
        "```python\nimport seqtag\n\n"
        'translator = seqtag.load("path/to/this/folder")\n'
        'translation = translator.translate("A text to be translated.")\n'
        "print(translation.text, translation.score)\n```"
    )
    yield (
        '```sh\necho "A text to be translated." | '
        "seqtag translate path/to/this/folder --plot attention.html\n```"
    )
    yield "Text goes in and comes out as it is written: it needs no tokenizer before or after."


def _generator(
    description: Mapping[str, Any], vocabularies: Mapping[str, int], parameters: int
) -> Iterator[str]:
    """Yield a generator's card, but for its last paragraph."""
    facts, model = description["facts"], description["language_model"]
    writes = model["direction"] != "backward"
    kind = _unit_kind(description["units"]["text"], vocabularies.get("text_items"))
    yield f"# seqtag generator of {_UNITS[description['units']['text']['kind']]}"
    yield (
        f"A model of seqtag {description['seqtag_version']}: it tells what "
        + ("comes next in a text, and writes it." if writes else "came before in a text.")
    )
    yield "## Data and scores"
    counts = f"{facts.get('lines', 0):,} lines with {facts.get('tokens', 0):,} tokens"
    yield f"Trained on {counts}, each line's end among them, in {facts.get('units', 0):,} units."
    yield _scores(facts)
    yield (
        "Perplexity is that of a token of the text, which is what stands between white space or "
        "the end of a line; what is unknown to the model is counted with its spelling."
    )
    yield "## Units"
    yield f"Texts are read {'and written ' if writes else ''}in {kind}."
    artefacts = description["files"]["artefacts"]
    if artefacts == "undo":
        yield "Traces of tokenization in the training text were undone."
    elif artefacts == "split":
        yield "In the training text, a space stood between all tokens, as taggers are given them."
    yield "## Size"
    softmax = "adaptive" if description["cutoffs"] else "full"
    yield (
        f"{_weights(parameters)}: vectors of {description['vector_size']}; "
        f"{_directions(model['direction'], description['encoder'])}; a {softmax} softmax"
        + (" tied to the vectors." if model["tied"] else ".")
    )
    if writes:
        yield "## Writing"
        yield f"Where nothing else is said, {_sampling(description['sampling'])}"
    yield "## Use"
    writing = (
        'print(generator.generate("It was", max_tokens=30, temperature=0.8, seed=1))\n'
        'print(generator.next_words("It was", k=5))\n'
    )
    yield (
        "```python\nimport seqtag\n\n"
        'generator = seqtag.load("path/to/this/folder")\n'
        f"{writing if writes else ''}"
        'print(generator.perplexity("It was a text."))\n```'
    )
    if writes:
        yield "```sh\nseqtag generate path/to/this/folder --interactive\n```"
    else:
        yield (
            "Taggers and classifiers read what it knows, beside a model that reads forwards: "
            "`--set embedding.language_model=FORWARD,path/to/this/folder`."
        )


def _directions(direction: str, encoder: Mapping[str, Any]) -> str:
    """Return what reads the text."""
    layers = f"{_layers(encoder)} with {encoder['hidden_size']} units"
    return {
        "forward": f"{layers}, read from left to right",
        "backward": f"{layers}, read from right to left",
        "both": f"{layers} in each direction, which foresee apart from each other",
    }[direction]


def _sampling(sampling: Mapping[str, Any]) -> str:
    """Return how texts are written, as the end of a sentence."""
    if sampling["beam"] > 1:
        text = f"the most probable text of {sampling['beam']} hypotheses is written"
    elif not sampling["temperature"]:
        text = "each unit is the most probable one"
    else:
        text = f"units are drawn at temperature {sampling['temperature']:g}"
        limits = [f"{name} {sampling[name]:g}" for name in ("top_k", "top_p", "min_p")]
        text += f" with {', '.join(limits)}"
    return f"{text}, {sampling['max_tokens']:,} at most."


def _signatures(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield by what settings sacrebleu counts, if that is known."""
    for part in ("test", "dev"):
        if signature := facts.get(part, {}).get("signature"):
            listed = (f"{name} {_code(_one_line(value))}" for name, value in signature.items())
            yield f"Counted by sacrebleu: {', '.join(listed)}."
            return


def _units(units: Mapping[str, Mapping[str, Any]], vocabularies: Mapping[str, int]) -> str:
    """Return what texts are read and written in."""
    if "joint" in units:
        kind = _unit_kind(units["joint"], vocabularies.get("joint_items"))
        return f"Texts are read and written in the same {kind}."
    source, target = (
        _unit_kind(units[side], vocabularies.get(f"{side}_items")) for side in ("source", "target")
    )
    return f"Texts are read in {source} and written in {target}."


def _unit_kind(units: Mapping[str, Any], number: int | None) -> str:
    """Return units with their number, such as ``8,000 subwords (BPE)``."""
    kind = units["kind"]
    name = _UNITS[kind] if number is None else f"{number:,} {_UNITS[kind]}"
    if kind == "subword":
        return f"{name} ({'BPE' if units['algorithm'] == 'bpe' else units['algorithm']})"
    return (
        f"{name} ({_splitting(units['tokenizer'], units['language'])})" if kind == "word" else name
    )


def _decoder(decoder: Mapping[str, Any]) -> str:
    """Return what the decoder is made of."""
    text = f"{_layers(decoder)} with {decoder['hidden_size']} units, {decoder['attention']} "
    text += "attention"
    if decoder["attention"] == "additive":
        text += f" with {decoder['attention_size']} hidden units"
    if decoder["input_feeding"]:
        text += ", input feeding"
    return text + (", an output layer tied to the vectors" if decoder["tied"] else "")


def _search(search: Mapping[str, Any]) -> str:
    """Return how translations are looked for, as the end of a sentence."""
    beam = search["beam"]
    if beam == 1:
        text = "each unit is the most probable one (greedy search)"
    else:
        text = (
            f"the best of {beam} hypotheses is written (beam search with length penalty "
            f"{search['length_penalty']:g}, coverage penalty {search['coverage_penalty']:g})"
        )
        if search["pruning"]:
            text += f"; one that falls {search['pruning']:g} nats behind the best is dropped"
    if search["no_repeat_ngram"]:
        text += f"; no {search['no_repeat_ngram']} units in a row come twice"
    if search["copy_unknown"]:
        text += "; unknown units are copied from the source"
    return text + "."


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
    split = _splitting(tokenizer["kind"], tokenizer["language"])
    return (
        f"Raw text is {split}." if split.startswith("split") else f"Raw text is tokenized {split}."
    )


def _splitting(kind: str, language: str) -> str:
    """Return how text is split into tokens."""
    if kind == "space":
        return "split at white space"
    if kind.startswith(PREFIX):
        return f"by torchtext's `{kind.removeprefix(PREFIX)}`"
    return f"by spaCy's rules for language `{language}`"


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
        if tokens := description["facts"].get("text_tokens"):
            state = f"learnt from {tokens:,} tokens of text and the training part, {state}"
        size = description["vector_size"]
        yield f"{vocabularies['vectors']:,} pretrained vectors of {size} ({state})"
    if mapped := description.get("mapped"):  # which older ones have not
        yield f"pretrained vectors of {mapped['size']}, looked up in a file (frozen)"
    if description["features"]:
        yield f"feature columns {'+'.join(item['name'] for item in description['features'])}"
    if "gazetteer" in vocabularies:
        yield f"{vocabularies['gazetteer']:,} phrases that are looked up"
    models = description.get("language_models", ())  # older ones have no such key
    for model in models:
        ((role, units),) = model["units"].items()
        kind = _unit_kind(units, vocabularies.get(f"{role}_items"))
        direction = _directions(model["language_model"]["direction"], model["encoder"])
        yield (
            f"the states of a language model of {kind} with vectors of {model['vector_size']}, "
            f"learnt from {model['facts'].get('tokens', 0):,} tokens of text: {direction}"
        )
    if models:
        yield f"which are mapped to {embedding['language_model_size']} numbers"


def _encoder(encoder: Mapping[str, Any]) -> str:
    """Return what the encoder is made of, such as "2 layers of GRU with 50 units"."""
    size = encoder["hidden_size"]
    if encoder["bidirectional"]:
        text = f"{_layers(encoder, 'bidirectional ')} with {size} units in each direction"
    else:
        text = f"{_layers(encoder)} with {size} units, read from left to right"
    if encoder["attention"]:
        heads = encoder["attention_heads"]
        text += f", self-attention with {heads} {'head' if heads == 1 else 'heads'}"
    return text


def _layers(part: Mapping[str, Any], kind: str = "") -> str:
    """Return layers of a network, such as "2 layers of LSTM"."""
    count, cell = part["num_layers"], part["cell"]
    name = {"rnn": "plain RNN", "peephole": "peephole LSTM"}.get(cell, cell.upper())
    return f"{count} {'layer' if count == 1 else 'layers'} of {kind}{name}"


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


def _scores(facts: Mapping[str, Any]) -> str:
    """Return the scores of the parts of the data as a table; what is no number is left out."""
    parts = {part: facts[part] for part in ("dev", "test") if part in facts}
    if not parts:
        return "It was saved before it was scored."
    names = dict.fromkeys(
        name
        for scores in parts.values()
        for name, value in scores.items()
        if value is None or isinstance(value, int | float)
    )
    rows = [
        [name, *(_number(name, scores.get(name)) for scores in parts.values())] for name in names
    ]
    return _table(["score", *parts], rows)


def _number(name: str, value: float | None) -> str:
    return f"{value:,}" if isinstance(value, int) else numbers.score(name, value)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
