"""Model folders are read back exactly, and damaged or hostile ones are refused."""

from __future__ import annotations

import json
import pickle
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

import seqtag
from seqtag.api.model_files import load_spec, read_card
from seqtag.api.tagger_files import MAX_TAGS
from seqtag.errors import ModelError
from seqtag.training.spec import TaggerSpec
from tests.helpers import TINY, call, files

SENTENCE = ["Ada", "Lovelace", "lived", "in", "London", "."]
FILES = ("model.json", "words.json", "ngrams.json", "weights.safetensors")


@pytest.fixture
def model(ner_run: Path, tmp_path: Path) -> Path:
    """Return a copy of a model's folder, to be damaged."""
    return Path(shutil.copytree(ner_run / "model", tmp_path / "model"))


def refuse(model: Path) -> ModelError:
    """Return the error of a model that must be refused, soon and in one line."""
    began = time.perf_counter()
    with pytest.raises(ModelError) as caught:
        seqtag.load(model)
    assert time.perf_counter() - began < 5
    assert call("tag", model, stdin=b"a\n").error
    return caught.value


def set_value(model: Path, key: str, value: object) -> None:
    """Set a value in a model's description, by a key such as ``columns.0.name``."""
    description = json.loads((model / "model.json").read_text("utf-8"))
    *places, name = key.split(".")
    target = description
    for place in places:
        target = target[int(place) if isinstance(target, list) else place]
    target[name] = value
    (model / "model.json").write_text(json.dumps(description), "utf-8")


# What is saved comes back


def test_description_comes_back_whole(ner: seqtag.Tagger, tmp_path: Path) -> None:
    ner.save(tmp_path / "model")
    spec, _ = load_spec(tmp_path / "model")
    assert isinstance(spec, TaggerSpec)
    for name in ("embedding", "encoder", "format", "file_columns", "file_width", "comment"):
        assert getattr(spec, name) == getattr(ner.spec, name)
    assert spec.language == "en"
    assert spec.facts == ner.spec.facts
    assert spec.words.items == ner.spec.words.items
    assert spec.ngrams is not None
    assert ner.spec.ngrams is not None
    assert spec.ngrams.items == ner.spec.ngrams.items
    assert not spec.ngrams.has_unknown
    assert spec.rare_words == ner.spec.rare_words
    for first, second in zip(spec.columns, ner.spec.columns, strict=True):
        assert (first.name, first.file_scheme, first.scheme, first.crf, first.tags.items) == (
            *(second.name, second.file_scheme, second.scheme, second.crf, second.tags.items),
        )


def test_model_without_ngrams_has_no_list_of_them(corpus: Path, tmp_path: Path) -> None:
    settings = {**files(corpus, "conll"), **TINY, "training.epochs": 1, "embedding.ngram_size": 0}
    seqtag.train(output=tmp_path / "run", **settings)
    model = tmp_path / "run" / "model"
    assert not (model / "ngrams.json").exists()
    spec, _ = load_spec(model)
    assert isinstance(spec, TaggerSpec)
    assert spec.ngrams is None
    (model / "ngrams.json").write_text("[]", "utf-8")
    set_value(model, "vocabularies", ["words", "ngrams"])
    assert "the n-grams, or the size of their vectors, are missing" in str(refuse(model))


def test_card_tells_scores_tags_and_sizes(ner_run: Path, pos_run: Path) -> None:
    card = read_card(ner_run)
    assert card == (ner_run / "model" / "README.md").read_text("utf-8")
    for wanted in ("B-PER", "bio", "CRF", "f1", "weights", "`en`", "150 sentences"):
        assert wanted in card
    assert "UPOS + XPOS" in read_card(pos_run)


def test_card_keeps_the_version_that_made_the_model(model: Path) -> None:
    set_value(model, "seqtag_version", "0.0.7")
    assert "seqtag 0.0.7" in read_card(model)


# Hostile and damaged folders


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"{}",
        b"[]",
        b"null",
        b"\xff" * 64,
        b"[" * 10**6,
        pickle.dumps(print),
        b"[1e999]",
    ],
)
def test_garbage_is_refused(model: Path, name: str, content: bytes) -> None:
    (model / name).write_bytes(content)
    assert Path(str(refuse(model).path)).parent == model


def test_pickle_in_the_place_of_weights_is_not_run(model: Path, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "was run",)

    (model / "weights.safetensors").write_bytes(pickle.dumps(Evil()))
    (model / "weights.bin").write_bytes(pickle.dumps(Evil()))
    (model / "model.py").write_text(f"open({str(tmp_path / 'was run')!r}, 'w')")
    refuse(model)
    assert not (tmp_path / "was run").exists()


KEYS = [
    *("task", "columns", "embedding", "encoder", "tokenizer", "files", "facts", "vocabularies"),
    *("seqtag_version", "format_version"),
]


@pytest.mark.parametrize("key", KEYS)
def test_missing_key_is_refused(model: Path, key: str) -> None:
    description = json.loads((model / "model.json").read_text("utf-8"))
    del description[key]
    (model / "model.json").write_text(json.dumps(description), "utf-8")
    refuse(model)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "value", [None, True, 0, -1, 1e308, "text", [], [[]], {}, {"a": {}}, ["a"], [None], [{}]]
)
def test_value_of_another_type_is_refused(model: Path, key: str, value: object) -> None:
    set_value(model, key, value)
    if (key, value) == ("seqtag_version", "text"):
        assert seqtag.load(model)
    else:
        refuse(model)


@pytest.mark.parametrize(
    "key",
    [
        *("embedding.word_size", "embedding.max_ngrams", "embedding.characters"),
        *("encoder.hidden_size", "encoder.num_layers", "encoder.cell", "encoder.max_length"),
        *("tokenizer.kind", "tokenizer.language"),
        *("files.format", "files.columns", "files.width", "files.comment"),
        *("facts.sentences", "facts.tokens", "facts.dev", "facts.test"),
        *("columns.0.name", "columns.0.tags", "columns.0.scheme", "columns.0.file_scheme"),
    ],
)
@pytest.mark.parametrize("value", [[], -1, 1.5, [[[]]], {"a": []}, {"a": 10**400}, True])
def test_inner_value_of_another_type_is_refused(model: Path, key: str, value: object) -> None:
    set_value(model, key, value)
    refuse(model)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("encoder.hidden_size", 8192),
        ("encoder.hidden_size", 10**12),
        ("encoder.num_layers", 32),
        ("encoder.cell", "gru"),
        ("encoder.evil", 1),
        ("embedding.ngram_size", 4096),
        ("embedding.ngram_size", 0),
        ("embedding.ngram_buckets", 2**15),
        ("embedding.word_size", 0),
        ("embedding.characters", "cnn"),
        ("columns", [{}] * 10**5),
        ("columns.0.tags", []),
        ("columns.0.tags", ["O", "O"]),
        ("columns.0.tags", ["O", 1]),
        ("columns.0.tags", ["O", "B-PER", "I-PER"]),
        ("columns.0.tags", [f"B-{n}" for n in range(MAX_TAGS)]),
        ("columns.0.tags", [f"B-{n}" for n in range(10**5)]),
        ("columns.0.scheme", "iob3"),
        ("columns.0.scheme", None),
        ("columns.0.scheme", "bilou"),
        ("columns.0.file_scheme", ["bio"]),
        ("columns.0.crf", False),
        ("columns.0.name", "-2"),
        ("files.format", "conllu"),
        ("files.format", "../conll"),
        ("files.columns", "token=0,tag=1+2"),
        ("files.columns", "token=0,token=0"),
        ("files.columns", "\n"),
        ("tokenizer.language", "os.path"),
        ("tokenizer.language", "../en"),
        ("tokenizer.language", "English"),
        ("tokenizer.kind", "pickle"),
        ("facts.dev", {"f1": "0.5"}),
        ("facts.dev", {"f1": [0.5]}),
        ("facts.tokens", "many"),
        ("task", "classify"),
        ("task", "__import__('os')"),
        ("vocabularies", ["words", "ngrams", "characters"]),
        ("vocabularies", ["words"]),
        ("vocabularies", []),
    ],
    ids=lambda value: str(value)[:30],
)
def test_hostile_description_is_refused(model: Path, key: str, value: object) -> None:
    set_value(model, key, value)
    refuse(model)


@pytest.mark.parametrize("name", ["words", "ngrams"])
@pytest.mark.parametrize(
    "edit",
    [
        lambda items: items.append(items[0]),
        lambda items: items.pop(),
        lambda items: items.extend(f"word-{n}" for n in range(10**5)),
        lambda items: items.append(1),
        lambda items: items.append(["a"]),
        lambda items: items.append("\ud800"),
    ],
)
def test_vocabulary_that_does_not_fit_is_refused(
    model: Path, edit: Callable[[list[Any]], object], name: str
) -> None:
    items = json.loads((model / f"{name}.json").read_text("utf-8"))
    edit(items)
    (model / f"{name}.json").write_text(json.dumps(items))
    refuse(model)


def test_language_that_nobody_knows_is_refused_where_it_is_needed(model: Path) -> None:
    """Tokens can be tagged all the same; and ``os`` is no module to be imported."""
    set_value(model, "tokenizer.language", "os")
    tagger = seqtag.load(model)
    assert len(tagger.tag(SENTENCE).tags) == 6
    with pytest.raises(seqtag.SeqtagError, match="spaCy has no tokenizer for language 'os'"):
        tagger.tag("Raw text.")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_refused(model: Path, value: float) -> None:
    arrays = load_file(model / "weights.safetensors")
    arrays["heads.0.matrix"][0, 0] = value
    save_file(arrays, model / "weights.safetensors")
    assert "heads.0.matrix" in str(refuse(model))


@pytest.mark.parametrize("dtype", ["float16", "float64", "int32", "bool"])
def test_weights_of_another_type_are_refused(model: Path, dtype: str) -> None:
    arrays = load_file(model / "weights.safetensors")
    save_file({k: v.astype(dtype) for k, v in arrays.items()}, model / "weights.safetensors")
    refuse(model)


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F8_E5M2", "U64", "F99", ""])
def test_weights_of_an_exotic_type_are_refused(model: Path, dtype: str) -> None:
    content = (model / "weights.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header["heads.0.start"]["dtype"] = dtype
    text = json.dumps(header).encode()
    (model / "weights.safetensors").write_bytes(
        len(text).to_bytes(8, "little") + text + content[8 + length :]
    )
    refuse(model)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_is_refused_or_harmless(
    model: Path, ner_run: Path, data: st.DataObject
) -> None:
    """Cut or flip bytes of a file: the model loads and tags, or is refused; nothing else."""
    name = data.draw(st.sampled_from(FILES))
    content = bytearray((ner_run / "model" / name).read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    # Headers are where damage tells most, so half of the flips go there.
    places = st.integers(0, len(content) - 1) | st.integers(0, min(len(content), 2000) - 1)
    for _ in range(data.draw(st.integers(0, 8)) if content else 0):
        content[data.draw(places)] = data.draw(st.integers(0, 255))
    for other in FILES:
        shutil.copyfile(ner_run / "model" / other, model / other)
    (model / name).write_bytes(content)
    try:
        tagger = seqtag.load(model)
    except ModelError:
        return
    with np.errstate(all="ignore"):  # weights of 1e38 are numbers still
        assert len(tagger.tag(SENTENCE, nbest=2).tags) == 6
    read_card(model)
