from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seqtag
from seqtag.api.load import load_classifier, load_tagger, load_translator
from seqtag.api.translation_evaluation import examine_translations
from seqtag.config import SearchConfig
from seqtag.errors import ConfigError, DataError, ModelError, SeqtagError
from seqtag.text.pairs import Pairs
from seqtag.text.units import UnitKind
from tests.helpers import run_threads
from tests.translators import (
    WORDS,
    make_spec,
    make_units,
    next_log_probabilities,
    random_model,
    random_translator,
)

TEXTS = ["abc fade", "", "bad", "a", "deaf cab gab bead", "  a\tb  ", "xyz ab", "faced"]


MOST = 12
"""Units that plain loops write at most."""


def greedy(text: str, translator: seqtag.Translator) -> tuple[list[int], float]:
    """Translate with a plain loop: all read anew for each unit, the best one written."""
    (model,) = translator._engine.models
    (source,) = translator.spec.source_units.encode_many([text])
    written: list[int] = []
    total = 0.0
    while len(written) < MOST:
        log_probs = next_log_probabilities(model, source, written)
        log_probs[[0, 2]] = -np.inf
        best = int(log_probs.argmax())
        total += log_probs[best]
        if best == 3:
            return written, total
        written.append(best)
    return written, total + next_log_probabilities(model, source, written)[3]


@pytest.mark.parametrize("strength", [1.0, 3.0])
@pytest.mark.parametrize("input_feeding", [False, True])
def test_beam_of_one_writes_what_a_plain_loop_writes(input_feeding: bool, strength: float) -> None:
    translator = random_translator(make_spec(input_feeding=input_feeding), strength=strength)
    texts = [text for text in TEXTS if text]
    found_texts = translator.translate_many(texts, beam=1, max_length=MOST)
    for text, found in zip(texts, found_texts, strict=True):
        numbers, total = greedy(text, translator)
        assert found.tokens == translator.spec.target_units.pieces(numbers)
        assert found.log_probability == pytest.approx(total, abs=1e-4)


def test_log_probability_is_that_of_forced_decoding() -> None:
    translator = random_translator()
    for found in translator.translate_many(["abc fade", "bad"], nbest=4):
        for hypothesis in found.nbest:
            if "⁇" in hypothesis.tokens:
                continue
            total, units = translator.log_likelihood([found.source], [hypothesis.text])
            if units == len(hypothesis.tokens) + 1:  # else another way to write the same text
                assert hypothesis.log_probability == pytest.approx(total, abs=1e-4)


TEXT = st.text("abcdefg x", max_size=12)


def assert_same(
    first: seqtag.Translation, second: seqtag.Translation, tolerance: float = 1e-5
) -> None:
    assert first.text == second.text
    assert first.tokens == second.tokens
    # Sums of many steps in single precision: they differ by shares of themselves.
    assert first.score == pytest.approx(second.score, abs=tolerance, rel=1e-5)
    assert first.log_probability == pytest.approx(second.log_probability, abs=tolerance, rel=1e-5)
    assert first.attention == pytest.approx(second.attention, abs=tolerance)


@pytest.mark.parametrize("nbest", [1, 2])  # with more than one, no hypothesis is dropped
@pytest.mark.parametrize("input_feeding", [False, True])
@settings(max_examples=10)
@given(texts=st.lists(TEXT, min_size=1, max_size=6), seed=st.integers(0, 3))
def test_translation_does_not_depend_on_the_batch(
    input_feeding: bool, nbest: int, texts: list[str], seed: int
) -> None:
    spec = make_spec(input_feeding=input_feeding, cell="gru")
    translator = random_translator(spec, [seed], strength=2.0)
    together = list(translator.translate_many(texts, beam=3, nbest=nbest))
    for text, found in zip(texts, together, strict=True):
        alone = translator.translate(text, beam=3, nbest=nbest)
        assert_same(found, alone)
        for first, second in zip(found.nbest, alone.nbest, strict=True):
            assert first.text == second.text
            assert first.score == pytest.approx(second.score, abs=1e-5)
            assert first.log_probability == pytest.approx(
                second.log_probability, abs=1e-5, rel=1e-6
            )


def test_stream_is_the_same_however_much_is_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    translator = random_translator()
    texts = TEXTS * 3
    whole = list(translator.translate_many(texts))
    for units in (1, 7):
        monkeypatch.setattr("seqtag.api.translator.FIRST_CHUNK_UNITS", units)
        monkeypatch.setattr("seqtag.api.translator.CHUNK_UNITS", units)
        found = list(translator.translate_many(iter(texts)))
        assert len(found) == len(whole)
        for first, second in zip(found, whole, strict=True):
            assert_same(first, second)


def test_stream_reads_a_bounded_number_of_texts_ahead() -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield "abc" if read % 2 else ""

    stream = random_translator().translate_many(endless(), beam=1, max_length=5)
    assert next(stream).source == "abc"
    assert read <= 512


def test_translation_tells_all_of_itself() -> None:
    translator = random_translator()
    for text, found in zip(TEXTS, translator.translate_many(TEXTS, nbest=3), strict=True):
        encoded = translator.spec.source_units.encode(text)
        assert found.source == text
        assert found.source_tokens == encoded.pieces
        assert found.attention.shape == (len(found.tokens) + 1, len(encoded.pieces) + 1)
        assert found.attention.sum(axis=1) == pytest.approx(np.ones(len(found.tokens) + 1))
        assert found.attention.dtype == np.float32
        assert found.nbest[0].text == found.text
        assert found.nbest[0].score == found.score
        assert len(found.nbest) == (3 if text else 1)
        scores = [one.score for one in found.nbest]
        assert scores == sorted(scores, reverse=True)
        for one in found.nbest:
            length = len(one.tokens) + 1
            assert one.score == pytest.approx(one.log_probability / ((5 + length) / 6))


@pytest.mark.parametrize("text", ["", " ", "\t \u3000"])
def test_nothing_is_translated_by_nothing(text: str) -> None:
    found = random_translator().translate(text, nbest=5)
    assert found.text == ""
    assert found.tokens == found.source_tokens == []
    assert found.score == found.log_probability == 0.0
    assert found.attention.tolist() == [[1.0]]
    assert len(found.nbest) == 1


def test_white_space_is_a_single_space() -> None:
    translator = random_translator()
    first, second = translator.translate_many(["ab\t cd \n", "ab cd"])
    assert first.source == "ab\t cd \n"
    assert first.text == second.text


def test_settings_of_the_search_are_heeded() -> None:
    translator = random_translator(make_spec(search=SearchConfig(beam=3, max_length=9)))
    text = "abc fade"
    assert len(translator.translate(text, max_length=2).tokens) <= 2
    assert len(translator.translate(text, min_length=8).tokens) >= 8
    tokens = translator.translate(text, min_length=8, no_repeat_ngram=1).tokens
    assert len(set(tokens)) == len(tokens)
    assert translator.search_settings() == SearchConfig(beam=3, max_length=9)
    assert translator.search_settings(nbest=7).beam == 7
    assert translator.search_settings(beam=2, max_length=0) == SearchConfig(beam=2)
    assert translator.search_settings(min_length=None).min_length == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"beam": 0}, "search.beam is 0"),
        ({"beam": 2, "nbest": 3}, "nbest is 3 and the beam follows 2"),
        ({"nbest": 0}, "nbest is 0"),
        ({"nbest": 1000}, "search.beam is 1000"),
        ({"length_penalty": "much"}, "search.length_penalty is 'much'"),
        ({"lenght_penalty": 1.0}, "did you mean search.length_penalty"),
        ({"long": "cut"}, "search.long is 'cut': give one of split, refuse"),
        ({"min_length": 9, "max_length": 3}, "search.min_length is 9 and search.max_length 3"),
    ],
)
def test_wrong_settings_are_refused_at_once(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        random_translator().translate_many([], **given)


def test_what_is_no_text_is_refused() -> None:
    for wrong in (None, 3, b"ab", ["ab"]):
        with pytest.raises(TypeError, match="give a string"):
            random_translator().translate(wrong)  # type: ignore[arg-type]  # that is the test


def test_long_texts_are_translated_in_pieces() -> None:
    translator = random_translator(make_spec(max_length=8))
    text = "abc. fade bad, cab"
    found = translator.translate(text, nbest=2)
    pieces = [translator.translate(piece, nbest=2) for piece in ("abc.", "fade", "bad, cab")]
    assert found.source == text
    assert found.text == " ".join(piece.text for piece in pieces if piece.text)
    assert found.tokens == [token for piece in pieces for token in piece.tokens]
    assert found.source_tokens == [token for piece in pieces for token in piece.source_tokens]
    assert found.score == pytest.approx(sum(piece.score for piece in pieces), abs=1e-4)
    assert found.attention.shape == (len(found.tokens) + 1, len(found.source_tokens) + 1)
    assert found.attention.sum(axis=1) == pytest.approx(np.ones(len(found.tokens) + 1))
    row = column = 0
    for piece in pieces[:-1]:
        rows, columns = len(piece.tokens), len(piece.source_tokens)
        block = found.attention[row : row + rows]
        assert block[:, column : column + columns].sum() == pytest.approx(rows)
        row, column = row + rows, column + columns
    assert found.attention[row:, column:] == pytest.approx(pieces[-1].attention, abs=1e-4)
    assert len(found.nbest) == 2
    assert found.nbest[1].score <= found.nbest[0].score


def test_long_texts_are_refused_where_that_is_asked_for() -> None:
    translator = random_translator(make_spec(max_length=8, search=SearchConfig(long="refuse")))
    assert translator.translate("abcdefgh").text is not None
    with pytest.raises(DataError, match=r"the text has 9 units, and encoder.max_length is 8") as e:
        list(translator.translate_many(["ab", "abcdefgha"]))
    assert e.value.line == 2
    assert translator.translate("abcdefgha", long="split").source_tokens == list("abcdefgha")


def test_texts_before_a_wrong_one_are_translated() -> None:
    translator = random_translator(make_spec(max_length=8, search=SearchConfig(long="refuse")))
    for wrong, error in (("abcdefgha", DataError), (None, TypeError)):
        texts: list[Any] = ["ab", "bad", wrong, "cab"]
        stream = translator.translate_many(texts)
        assert [next(stream).source, next(stream).source] == ["ab", "bad"]
        with pytest.raises(error):
            next(stream)


@pytest.mark.parametrize(("copy", "text"), [(True, " Zork"), (False, " ⁇")])
def test_unknown_words_come_from_the_source(copy: bool, text: str) -> None:
    """A network that always writes an unknown word, once, and looks at the whole source."""
    source, target = make_units("word", ["ab cd"]), make_units("word", ["x y"])
    translator = random_translator(make_spec(source, target))
    (model,) = translator._engine.models
    import torch

    with torch.no_grad():
        model.output_bias[:] = torch.tensor([-90.0, 90.0, -90.0, -90.0, -90.0, -90.0])
    found = translator.translate("Zork", max_length=1, copy_unknown=copy)
    assert found.tokens == ["⁇"]
    assert found.text == text.strip()


def test_ensemble_has_the_mean_of_the_probabilities() -> None:
    spec = make_spec()
    seeds = (0, 1, 2)
    alone = [random_translator(spec, [seed]) for seed in seeds]
    ensemble = alone[0].with_others(alone[1:])
    text = "abc"
    found = ensemble.translate(text, beam=4, max_length=MOST)
    (source,) = spec.source_units.encode_many([text])
    numbers: list[int] = []
    total = 0.0
    names = spec.target_units.pieces(range(len(spec.target_units)))
    for token in [*found.tokens, names[3]]:
        number = names.index(token)
        each = [next_log_probabilities(random_model(spec, s), source, numbers) for s in seeds]
        total += np.log(np.mean(np.exp([log_probs[number] for log_probs in each])))
        numbers.append(number)
    assert found.log_probability == pytest.approx(total, abs=1e-4)
    assert len(alone[0]._engine.models) == 1


@pytest.mark.parametrize("side", ["source", "target"])
def test_ensembles_are_of_the_same_units(side: str) -> None:
    other = make_units("char", ["abx"])
    spec = make_spec(other) if side == "source" else make_spec(None, other)
    with pytest.raises(ConfigError, match=f"differ in their {side} units"):
        random_translator().with_others([random_translator(spec)])


def test_threads_share_a_translator() -> None:
    translator = random_translator()
    wanted = [translator.translate(text).text for text in TEXTS]

    def work(number: int) -> None:
        for _ in range(3):
            texts = TEXTS[number:] + TEXTS[:number]
            found = [found.text for found in translator.translate_many(texts)]
            assert found == wanted[number:] + wanted[:number]

    run_threads(work, 4)


KINDS: list[UnitKind] = ["char", "word", "subword"]


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attention", ["additive", "multiplicative", "dot"])
def test_saved_translator_is_the_same(
    kind: UnitKind, joint: bool, attention: str, tmp_path: Path
) -> None:
    units = make_units(kind, [WORDS, "Ünïcödé ▁ \u00a0| x"])
    spec = make_spec(
        units, make_units(kind), joint=joint, attention=attention, hidden_size=8, tied=not joint
    )
    translator = random_translator(spec)
    translator.save(tmp_path / "model")
    again = load_translator(tmp_path / "model")
    assert again.spec.joint == joint
    assert again.spec.source_units == spec.source_units
    assert again.spec.target_units == spec.target_units
    assert again.spec.search == spec.search
    assert again.spec.decoder == spec.decoder
    assert (again.spec.source, again.spec.target, again.spec.format) == ("en", "zq", "pairs")
    for text in TEXTS:
        assert again.translate(text) == translator.translate(text)
    again.save(tmp_path / "again")
    for path in (tmp_path / "model").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_unigrams_are_saved_with_their_scores(tmp_path: Path) -> None:
    from seqtag.text.units import learn_units

    units = learn_units("subword", [WORDS] * 3, algorithm="unigram", size=30, min_count=1)
    translator = random_translator(make_spec(units, units, joint=True))
    translator.save(tmp_path / "model")
    assert load_translator(tmp_path / "model").translate("abc") == translator.translate("abc")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    units = make_units("subword")
    folder = tmp_path_factory.mktemp("saved") / "model"
    random_translator(make_spec(units, make_units())).save(folder)
    return folder


def copy_of(saved: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    for path in saved.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


FILES = [
    "model.json",
    "weights.safetensors",
    "source_items.json",
    "source_merges.json",
    "target_items.json",
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: None,
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: b"\xff\xfe" + content,
        lambda content: b"[1, 2]",
        lambda content: b"{}",
        lambda content: b'["a", "a"]',
        lambda content: b"null",
    ],
    ids=["gone", "empty", "half", "bytes", "list", "object", "twice", "null"],
)
def test_damaged_files_are_refused(
    name: str, damage: Callable[[bytes], bytes | None], saved: Path, tmp_path: Path
) -> None:
    folder = copy_of(saved, tmp_path)
    content = damage((folder / name).read_bytes())
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(ModelError) as caught:
        seqtag.load(folder)
    assert str(folder) in str(caught.value)


def test_all_files_of_a_model_are_known(saved: Path) -> None:
    assert {path.name for path in saved.iterdir()} == {*FILES, "README.md"}


def change(path: Path, *keys: str, to: object) -> None:
    """Change a value of a JSON file, or take it away."""
    content = json.loads(path.read_text("utf-8"))
    place = content
    for key in keys[:-1]:
        place = place[key]
    if to is ...:
        del place[keys[-1]]
    else:
        place[keys[-1]] = to
    path.write_text(json.dumps(content), "utf-8")


PLACES = [
    ("task",),
    ("units",),
    ("units", "source"),
    ("units", "target"),
    ("units", "source", "kind"),
    ("units", "source", "algorithm"),
    ("vector_size",),
    ("encoder",),
    ("encoder", "hidden_size"),
    ("decoder",),
    ("decoder", "cell"),
    ("decoder", "attention_size"),
    ("decoder", "tied"),
    ("search",),
    ("search", "beam"),
    ("files",),
    ("files", "format"),
    ("files", "source"),
    ("facts",),
    ("seqtag_version",),
    ("vocabularies",),
]


SOUND: list[tuple[tuple[str, ...], object]] = [
    # Keys of the configuration that are not there have their defaults.
    (("decoder", "cell"), ...),
    (("decoder", "tied"), ...),
    (("search", "beam"), ...),
    (("search",), {}),
    # Any text will do.
    (("files", "source"), "nonsense"),
    (("seqtag_version",), "nonsense"),
]
"""What looks like nonsense and is none."""


@pytest.mark.parametrize("keys", PLACES, ids=".".join)
@pytest.mark.parametrize("to", [..., None, -1, 1e300, "nonsense", [], {}, [{}]], ids=repr)
def test_nonsense_in_descriptions_is_refused(
    keys: tuple[str, ...], to: object, saved: Path, tmp_path: Path
) -> None:
    folder = copy_of(saved, tmp_path)
    change(folder / "model.json", *keys, to=to)
    if (keys, to) in SOUND:
        load_translator(folder).translate("abc", max_length=3)
    else:
        with pytest.raises(ModelError):
            load_translator(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source_merges", "0 1 2"),
        ("source_merges", "a b"),
        ("source_merges", "999 1"),
        ("source_merges", "-1 1"),
        ("source_merges", ""),
        ("source_items", "a b"),
        ("target_items", "ab"),
        ("target_items", "\ud800"),
    ],
)
def test_nonsense_in_units_is_refused(name: str, value: str, saved: Path, tmp_path: Path) -> None:
    folder = copy_of(saved, tmp_path)
    path = folder / f"{name}.json"
    items = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps([*items[:-1], value]), "utf-8")
    with pytest.raises(ModelError):
        seqtag.load(folder)


def test_number_of_units_has_to_fit_the_weights(saved: Path, tmp_path: Path) -> None:
    folder = copy_of(saved, tmp_path)
    path = folder / "target_items.json"
    items = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps([*items, "Z"]), "utf-8")
    with pytest.raises(ModelError, match=f"but there are {len(items) + 5} units"):
        seqtag.load(folder)


def test_translators_are_for_torch_alone(saved: Path) -> None:
    with pytest.raises(SeqtagError, match="translators are run in torch alone"):
        seqtag.load(saved, engine="onnx")
    with pytest.raises(ConfigError, match="translators cannot be exported: .* torch") as caught:
        seqtag.export(saved)
    assert caught.value.path == str(saved)


def test_model_of_another_task_is_refused(saved: Path, ner_run: Path, label_run: Path) -> None:
    for load in (load_tagger, load_classifier):
        with pytest.raises(ConfigError, match="this model translates texts and "):
            load(saved)
    for run, does in ((ner_run, "tags tokens"), (label_run, "labels texts")):
        with pytest.raises(ConfigError, match=f"this model {does} and translates no texts"):
            load_translator(run)


def test_evaluation_tells_scores_of_the_answers() -> None:
    """With several right answers for a source, each of them a pair of its own."""
    translator = random_translator()
    first = translator.translate("abc").text
    sources = ["abc", "bad", "abc"]
    pairs = Pairs(sources, ["dab dab", "zzzz", first], [1, 2, 3])
    found = examine_translations(translator, pairs)
    assert found.predicted[0].text == found.predicted[2].text == first
    assert found.scores["exact_match"] == 0.5
    assert found.scores["pairs"] == 3
    assert found.scores["units"] == len("dab dab") + len("zzzz") + len(first) + 3
    total, units = translator.log_likelihood(pairs.sources, pairs.targets)
    assert units == found.scores["units"]
    assert found.scores["perplexity"] == pytest.approx(np.exp(-total / units))
    assert "by_length" not in found.scores


def test_evaluation_of_sentences_goes_by_their_length() -> None:
    units = make_units("word")
    translator = random_translator(make_spec(units, units))
    sources = ["a ab", "abc bad cab", "dab", "a b c d e f"]
    found = examine_translations(translator, Pairs(sources, ["a"] * 4, range(4)))
    groups = found.scores["by_length"]
    assert [(group["from"], group["to"]) for group in groups] == [(1, 1), (2, 2), (3, 3), (6, 6)]
