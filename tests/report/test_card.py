from __future__ import annotations

from typing import Any

import pytest

from seqtag.report.card import model_card


def column(name: str, tags: list[str], scheme: str | None, *, crf: bool) -> dict[str, Any]:
    return {"name": name, "tags": tags, "file_scheme": scheme, "scheme": scheme, "crf": crf}


def describe(*columns: dict[str, Any], **facts: Any) -> dict[str, Any]:  # noqa: ANN401 - of many types
    """Return what ``model.json`` holds."""
    return {
        "seqtag_version": "1.2.3",
        "columns": list(columns) or [column("UPOS", ["NOUN", "VERB"], None, crf=False)],
        "embedding": {
            "word_size": 100,
            "ngram_size": 50,
            "characters": "cnn",
            "vectors_tuned": False,
        },
        "vector_size": 0,
        "features": [],
        "encoder": {
            "cell": "lstm",
            "bidirectional": True,
            "hidden_size": 160,
            "num_layers": 2,
            "attention": False,
            "attention_heads": 4,
        },
        "tokenizer": {"kind": "spacy", "language": "de"},
        "files": {"format": "conllu"},
        "facts": {"sentences": 1234, "tokens": 56789, **facts},
    }


def card(description: dict[str, Any], **vocabularies: int) -> str:
    return model_card(description, {"words": 4321, **vocabularies}, parameters=2_500_000)


def test_exports_have_a_line_of_their_own() -> None:
    exports = {"model.onnx": 5_540_000, "model.int8.onnx": 1_410_000}
    text = model_card(describe(), {"words": 4321}, parameters=2_500_000, exports=exports)
    assert "\n\n2,500,000 weights (10.0 MB): 4,321 words" in text
    line = "Exported as `model.onnx` (5.5 MB) and `model.int8.onnx` (1.4 MB)."
    assert f"character encoder: cnn.\n\n{line}\n\n## Use" in text
    alone = model_card(describe(), {"words": 4321}, parameters=0, exports=exports)
    assert "\n\nAn exported network alone: 4,321 words" in alone
    assert line in alone
    assert "Exported" not in card(describe())


def test_card_tells_task_data_size_and_use() -> None:
    text = card(describe())
    for fact in (
        "# seqtag tagger for column UPOS\n",
        "A model of seqtag 1.2.3",
        "1,234 sentences with 56,789 tokens in conllu format",
        "2,500,000 weights (10.0 MB): 4,321 words",
        "2 layers of bidirectional LSTM with 160 units in each direction, word vectors",
        "word vectors of 100, character encoder: cnn",
        "seqtag.load(",
        "seqtag tag ",
        "spaCy's rules for language `de`",
    ):
        assert fact in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"cell": "gru"}, "2 layers of bidirectional GRU with 160 units in each direction, word"),
        (
            {"cell": "peephole", "bidirectional": False, "num_layers": 1},
            "1 layer of peephole LSTM with 160 units, read from left to right, word vectors",
        ),
        (
            {"cell": "rnn", "attention": True, "attention_heads": 8},
            "bidirectional plain RNN with 160 units in each direction, self-attention with 8 heads",
        ),
        ({"attention": True, "attention_heads": 1}, ", self-attention with 1 head, word vectors"),
    ],
)
def test_card_tells_what_the_encoder_is_made_of(values: dict[str, Any], text: str) -> None:
    description = describe()
    description["encoder"] |= values
    assert text in card(description)


def test_card_tells_of_ngrams_pretrained_vectors_features_and_phrases() -> None:
    description = describe() | {"vector_size": 300, "features": [{"name": "POS", "values": []}]}
    text = card(description, ngrams=48_000, vectors=400_000, gazetteer=1500)
    assert (
        "word vectors of 100, 48,000 n-gram vectors of 50, character encoder: cnn, "
        "400,000 pretrained vectors of 300 (frozen), "
        "feature columns POS, 1,500 phrases that are looked up."
    ) in text
    description["embedding"]["vectors_tuned"] = True
    assert "pretrained vectors of 300 (tuned)" in card(description, vectors=2)


def test_card_tells_what_was_learnt_from_text() -> None:
    description = describe(text_tokens=2_051_910) | {"vector_size": 200}
    text = card(description, vectors=28_000)
    assert (
        "28,000 pretrained vectors of 200 (learnt from 2,051,910 tokens of text and the training "
        "part, frozen)"
    ) in text
    encoder = {"cell": "lstm", "hidden_size": 512, "num_layers": 2}
    models = [
        {
            "units": {role: {"kind": kind}},
            "vector_size": 256,
            "encoder": encoder,
            "language_model": {"direction": direction},
            "facts": {"lines": 1000, "tokens": 123_456},
        }
        for role, kind, direction in (
            ("language_model", "char", "forward"),
            ("second_language_model", "char", "backward"),
        )
    ]
    description = describe() | {"language_models": models}
    description["embedding"]["language_model_size"] = 300
    assert (
        "the states of a language model of 90 characters with vectors of 256, learnt from 123,456 "
        "tokens of text: 2 layers of LSTM with 512 units, read from left to right, "
        "the states of a language model of 80 characters with vectors of 256, learnt from 123,456 "
        "tokens of text: 2 layers of LSTM with 512 units, read from right to left, "
        "which are mapped to 300 numbers."
    ) in card(description, language_model_items=90, second_language_model_items=80)


def test_card_names_every_column_with_its_tags() -> None:
    text = card(
        describe(
            column("NER", ["O", "B-PER"], "bio", crf=True), column("UPOS", ["X"], None, crf=False)
        )
    )
    assert "# seqtag tagger for column NER + UPOS\n" in text
    assert "| NER | 2 | bio | CRF |" in text
    assert "| UPOS | 1 | none | softmax |" in text
    assert "NER: `O`, `B-PER`" in text
    assert "UPOS: `X`" in text


def test_card_has_the_scores_of_each_part() -> None:
    dev = {"accuracy": 0.95, "accuracy_unseen": None, "f1": 0.5}
    text = card(describe(dev=dev, test={"accuracy": 0.9}))
    assert "| score | dev | test |\n| --- | --- | --- |\n" in text
    assert "| accuracy | 0.9500 | 0.9000 |" in text
    assert "| accuracy_unseen | – | – |" in text
    assert "| f1 | 0.5000 | – |" in text


def test_card_without_scores_says_so() -> None:
    assert "It was saved before it was scored." in card(describe())


def test_only_the_first_of_very_many_tags_are_listed() -> None:
    tags = [f"T{number}" for number in range(70)]
    text = card(describe(column("FEATS", tags, None, crf=False)))
    assert "| FEATS | 70 |" in text
    assert "`T59` and 10 more" in text
    assert "`T60`" not in text


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("Case=Nom|Number=Sing", "`Case=Nom|Number=Sing`"),
        ("``", "``` `` ```"),
        ("a`b", "`` a`b ``"),
        ("*", "`*`"),
    ],
)
def test_tags_are_shown_as_they_are(tag: str, code: str) -> None:
    assert f"XPOS: {code}\n" in card(describe(column("XPOS", [tag], None, crf=False)))


def classifier(labels: dict[str, int], **values: Any) -> dict[str, Any]:  # noqa: ANN401 - of many types
    """Return what ``model.json`` of a classifier holds."""
    description = describe(texts=100, dev={"accuracy": 0.5, "macro_f1": 0.25})
    del description["columns"]
    return description | {
        "task": "classify",
        "labels": list(labels),
        "label_counts": list(labels.values()),
        "pooling": {"kind": "additive", "heads": 2, "size": 128},
        "linear": {"word_ngrams": 2, "character_ngrams": 5, "ngrams": [1200, 3400]},
        "tokenizer": {"kind": "spacy", "language": "de"},
        **values,
    }


def test_card_of_a_classifier_tells_labels_scores_pooling_and_use() -> None:
    text = card(classifier({"good": 75, "bad": 25}))
    for fact in (
        "# seqtag classifier with 2 labels\n",
        "it gives a text a label.",
        "| `good` | 75 | 75.0% |\n| `bad` | 25 | 25.0% |",
        "Trained on 100 texts with 56,789 tokens",
        "| accuracy | 0.5000 |\n| macro_f1 | 0.2500 |",
        "pooling by additive attention with 2 heads, a linear path of 4,600 n-grams of words and "
        "characters, word vectors of 100",
        "classifier.classify(",
        "seqtag classify path/to/this/folder --explain\n",
        "spaCy's rules for language `de`",
    ):
        assert fact in text
    assert "seqtag tag" not in text


@pytest.mark.parametrize(
    ("pooling", "text"),
    [
        ({"kind": "dot", "heads": 1}, "by scaled dot-product attention with 1 head,"),
        ({"kind": "max", "heads": 1}, "pooling by max,"),
        ({"kind": "last", "heads": 1}, "pooling by last state,"),
    ],
)
def test_card_tells_how_a_text_is_pooled(pooling: dict[str, Any], text: str) -> None:
    assert text in card(classifier({"a": 1, "b": 1}, pooling=pooling))


def test_card_of_a_classifier_of_tokenized_texts_and_of_an_export() -> None:
    description = classifier({"a": 1, "b": 1}, tokenizer={"kind": "space", "language": "en"})
    assert "Raw text is split at white space." in card(description)
    exported = model_card(
        description, {"words": 1}, parameters=0, exports={"model.int8.onnx": 1_000_000}
    )
    assert "--explain --engine onnx --precision int8\n" in exported
    assert 'engine="onnx", precision="int8")' in exported


def test_labels_cannot_break_the_table_of_the_card() -> None:
    text = card(classifier({"a|b\nc": 1, "`": 1}))
    assert "| `a\\|b\\nc` | 1 | 50.0% |\n| `` ` `` | 1 | 50.0% |" in text


def test_many_labels_are_counted() -> None:
    text = card(classifier({f"label{number}": 1 for number in range(1000)}))
    assert "# seqtag classifier with 1,000 labels" in text
    assert "\n\nand 940 more\n" in text
    assert len(text) < 6000


def test_card_of_a_classifier_counts_the_ngrams_of_its_linear_path() -> None:
    without = classifier({"a": 1, "b": 1}, linear={"word_ngrams": 0, "ngrams": [0, 0]})
    assert "a linear path of 4,600 n-grams of words" in card(classifier({"a": 1, "b": 1}))
    assert "linear path" not in card(without)


def translator(**values: Any) -> dict[str, Any]:  # noqa: ANN401 - of many types
    """Return what ``model.json`` of a translator holds."""
    return {
        "seqtag_version": "1.2.3",
        "task": "translate",
        "units": {"joint": {"kind": "subword", "algorithm": "bpe"}},
        "vector_size": 256,
        "encoder": describe()["encoder"],
        "decoder": {
            "cell": "gru",
            "num_layers": 1,
            "hidden_size": 512,
            "attention": "additive",
            "attention_size": 128,
            "input_feeding": True,
            "tied": True,
        },
        "search": {
            "beam": 5,
            "length_penalty": 1.0,
            "coverage_penalty": 0.25,
            "pruning": 3.0,
            "no_repeat_ngram": 0,
            "copy_unknown": True,
        },
        "files": {"format": "pairs", "source": "en", "target": "de"},
        "facts": {"pairs": 29_000, "dev": {"bleu": 36.528, "exact_match": 0.125}},
        **values,
    }


def translator_card(description: dict[str, Any], **vocabularies: int) -> str:
    return model_card(description, vocabularies, parameters=12_000_000)


def test_card_of_a_translator_tells_languages_scores_units_search_and_use() -> None:
    text = translator_card(translator(), joint_items=7996, joint_merges=7900)
    for fact in (
        "# seqtag translator from `en` to `de`\n",
        "Trained on 29,000 pairs, in pairs format.",
        "| score | dev |\n| --- | --- |\n| bleu | 36.53 |\n| exact_match | 0.1250 |\n",
        "Texts are read and written in the same 7,996 subwords (BPE).",
        "12,000,000 weights (48.0 MB): vectors of 256; the encoder has 2 layers of bidirectional "
        "LSTM with 160 units in each direction; the decoder has 1 layer of GRU with 512 units, "
        "additive attention with 128 hidden units, input feeding, an output layer tied to the "
        "vectors.",
        "the best of 5 hypotheses is written (beam search with length penalty 1, coverage penalty "
        "0.25); one that falls 3 nats behind the best is dropped; unknown units are copied from "
        "the source.",
        "translator.translate(",
        "seqtag translate path/to/this/folder",
    ):
        assert fact in text
    assert text.endswith("opening it runs nothing in it.\n")
    assert "spaCy" not in text


def test_card_of_a_translator_tells_the_units_of_each_side() -> None:
    units = {
        "source": {"kind": "char"},
        "target": {"kind": "word", "tokenizer": "space", "language": "en"},
    }
    text = translator_card(translator(units=units), source_items=30, target_items=39)
    assert "Texts are read in 30 characters and written in 39 words (split at white space)." in text
    units = {
        "source": {"kind": "word", "tokenizer": "spacy", "language": "de"},
        "target": {"kind": "subword", "algorithm": "unigram"},
    }
    text = translator_card(translator(units=units), source_items=5, target_items=6)
    assert "5 words (by spaCy's rules for language `de`) and written in 6 subwords (uni" in text


def test_card_of_a_translator_tells_other_decoders_and_searches() -> None:
    description = translator()
    plain = {"attention": "dot", "input_feeding": False, "tied": False, "num_layers": 2}
    description["decoder"] |= plain
    description["search"] |= {"beam": 1, "no_repeat_ngram": 3, "copy_unknown": False}
    text = translator_card(description)
    assert "the decoder has 2 layers of GRU with 512 units, dot attention." in text
    assert "each unit is the most probable one (greedy search); no 3 units in a row come" in text
    assert "copied" not in text


def test_card_of_a_translator_has_the_signatures_of_its_scores() -> None:
    scores = {
        "bleu": 30.0,
        "pairs": 1000,
        "signature": {"bleu": "nrefs:1|tok:13a", "chrf": "nc:6"},
        "by_length": [{"from": 1, "to": 2, "pairs": 3, "bleu": 4.0}],
    }
    facts = {"pairs": 5, "source_units": 60, "target_units": 7000, "test": scores}
    text = translator_card(translator(facts=facts))
    assert "5 pairs with 60 units read and 7,000 written, in" in text
    assert "| score | test |\n| --- | --- |\n| bleu | 30.00 |\n| pairs | 1,000 |\n\n" in text
    assert "Counted by sacrebleu: bleu `nrefs:1|tok:13a`, chrf `nc:6`." in text


def test_card_of_a_translator_without_scores_says_so() -> None:
    text = translator_card(translator(facts={"pairs": 5}))
    assert "It was saved before it was scored." in text
    assert "sacrebleu" not in text
