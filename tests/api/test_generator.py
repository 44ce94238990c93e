from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import seqtag
from seqtag.api.generation_evaluation import examine_text
from seqtag.api.generator import NEVER_WRITTEN
from seqtag.api.load import load_generator, load_tagger
from seqtag.api.plain_text import TextPart
from seqtag.api.report import report_run
from seqtag.config import SamplingConfig
from seqtag.decoding import Prompts, best_continuations
from seqtag.errors import ConfigError, DataError
from seqtag.text.unit_base import END
from seqtag.text.units import UnitKind, Units, Words, learn_units
from tests.generators import (
    LINES,
    TINY_GENERATOR,
    make_spec,
    make_units,
    next_log_probabilities,
    plain_loop,
    random_generator,
    random_model,
    spelt,
)
from tests.helpers import call

PROMPTS = ["", "the king", "the ", "a queen sat\nthe", "zebra", "a cat\n"]
KINDS: list[UnitKind] = ["char", "word", "subword"]


def generator_of(kind: UnitKind = "char", **values: Any) -> seqtag.Generator:  # noqa: ANN401 - keys
    return random_generator(make_spec(make_units(kind), **values))


@pytest.mark.parametrize("kind", KINDS)
def test_the_likeliest_units_are_those_of_a_plain_loop(kind: UnitKind) -> None:
    generator = generator_of(kind)
    model, units = generator._engine.model, generator.spec.units
    numbers: list[int] = []
    while len(numbers) < 12:
        logs = next_log_probabilities(model, numbers)
        logs[[0, 1, 2]] = -np.inf
        numbers.append(int(logs.argmax()))
    text = generator.generate(temperature=0.0, max_tokens=12)
    lines: list[list[int]] = [[]]
    for number in numbers:
        if number == END:
            lines.append([])
        else:
            lines[-1].append(number)
    assert text.rstrip("\n ") == "\n".join(units.decode(line) for line in lines).rstrip("\n ")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "sampling",
    [{}, {"temperature": 0.5, "top_k": 4}, {"top_p": 0.8}, {"min_p": 0.1}, {"beam": 3}],
    ids=str,
)
def test_streaming_says_what_is_returned(kind: UnitKind, sampling: dict[str, Any]) -> None:
    generator = generator_of(kind)
    for prompt in PROMPTS:
        whole = generator.generate(prompt, seed=3, max_tokens=15, **sampling)
        pieces = list(generator.stream(prompt, seed=3, max_tokens=15, **sampling))
        assert "".join(pieces) == whole
        assert isinstance(whole, str)


def test_pieces_come_one_by_one() -> None:
    generator = generator_of()
    pieces = generator.stream(seed=1, max_tokens=10**6)
    assert len([next(pieces) for _ in range(20)]) == 20


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_does_not_depend_on_what_else_is_written(kind: UnitKind) -> None:
    generator = generator_of(kind)
    together = generator.generate_many(PROMPTS, seed=5, max_tokens=20)
    alone = [generator.generate(prompt, seed=5, max_tokens=20) for prompt in PROMPTS]
    assert together == alone
    assert generator.generate_many(PROMPTS[::-1], seed=5, max_tokens=20) == alone[::-1]
    assert generator.generate_many([], seed=5) == []


def test_seeds_make_texts_differ_and_repeat() -> None:
    generator = generator_of()
    texts = generator.generate_many(["the"] * 8, seed=range(8), max_tokens=20)
    assert len(set(texts)) > 4
    assert texts == generator.generate_many(["the"] * 8, seed=list(range(8)), max_tokens=20)
    assert len({generator.generate("the", max_tokens=40) for _ in range(4)}) > 1


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_clean(kind: UnitKind) -> None:
    generator = generator_of(kind)
    for prompt in PROMPTS:
        text = prompt + generator.generate(prompt, seed=2, max_tokens=60)
        assert "  " not in text
        assert "\u2047" not in text
        assert " \n" not in text


@pytest.mark.parametrize("kind", ["word", "subword"])
def test_a_space_at_the_end_asks_for_a_new_word(kind: UnitKind) -> None:
    generator = generator_of(kind)
    for seed in range(10):
        text = generator.generate("the ", seed=seed, max_tokens=1)
        assert text[:1] not in (" ", "\n")
        assert any(item == f" {text}" for item in generator.spec.units.items)


def test_prompts_are_split_as_the_text_was_that_is_learnt() -> None:
    spec = make_spec(make_units("word"))
    plain, split = random_generator(spec), random_generator(replace(spec, artefacts="split"))
    assert split.next_words("the cat, the ", k=5) == plain.next_words("the cat , the ", k=5)
    assert split.next_words("the cat, the ", k=5) != plain.next_words("the cat, the ", k=5)
    for beam in (1, 2):
        settings: dict[str, Any] = {"seed": 1, "beam": beam, "max_tokens": 8}
        assert split.generate("sat, ", **settings) == plain.generate("sat , ", **settings)


def test_beam_may_be_wider_than_there_are_units_to_write() -> None:
    """Places for which nothing is left have a state of the network all the same."""
    generator = generator_of("char")
    engine, size = generator._engine, len(generator.spec.units)
    texts = [[7, 5], [9, 6, 8]]
    prompts = Prompts(
        states=engine.begin([np.array([END, *text[:-1]]) for text in texts]),
        tokens=np.array([text[-1] for text in texts]),
        never=NEVER_WRITTEN,
    )
    config = SamplingConfig(beam=size, max_tokens=2)
    for text, found in zip(texts, best_continuations(engine, prompts, config), strict=True):
        first = next_log_probabilities(engine.model, text)
        totals = np.stack(
            [first[n] + next_log_probabilities(engine.model, [*text, n]) for n in range(size)]
        )
        totals[list(NEVER_WRITTEN)] = -np.inf
        totals[:, list(NEVER_WRITTEN)] = -np.inf
        best = np.unravel_index(totals.argmax(), totals.shape)
        assert found[0].numbers == [int(number) for number in best]
        assert found[0].log_probability == pytest.approx(totals.max(), abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_whole_words_are_gone_on_with_and_written(kind: UnitKind) -> None:
    generator = generator_of(kind)
    for seed in range(20):
        text = generator.generate("the", seed=seed, max_tokens=4, whole_words=True)
        assert not text[:1].isalnum()
        # Its last word is that of a longer text.
        longer = generator.generate("the", seed=seed, max_tokens=40, whole_words=True)
        assert longer.startswith(text)
        assert not (text[-1:].isalnum() and longer[len(text) :][:1].isalnum())
    beam = generator.generate("the", beam=3, max_tokens=4, whole_words=True)
    assert not beam[:1].isalnum()


@pytest.mark.parametrize("kind", KINDS)
def test_whole_words_are_as_probable_as_next_words_tells(kind: UnitKind) -> None:
    generator = generator_of(kind)
    (word, probability), *_ = generator.next_words("the", 1)
    texts = [
        generator.generate("the", seed=seed, max_tokens=12, whole_words=True) for seed in range(300)
    ]
    found = sum(_first_word(text) == word for text in texts) / len(texts)
    assert found == pytest.approx(probability, abs=4 * (probability / 300) ** 0.5 + 0.01)


def _first_word(text: str) -> str:
    bare = text.removeprefix(" ")
    if not bare[:1].isalnum():
        return bare[:1]
    return "".join(itertools.takewhile(str.isalnum, bare))


@pytest.mark.parametrize("kind", KINDS)
def test_a_beam_ends_with_the_line(kind: UnitKind) -> None:
    """And is no empty line, where it begins one."""
    generator = generator_of(kind)
    lengths = []
    for prompt in PROMPTS:
        short, long = (
            generator.generate(prompt, beam=4, max_tokens=30, length_penalty=penalty)
            for penalty in (0.0, 10.0)
        )
        assert "\n" not in short + long
        assert short or prompt[-1:] not in ("", "\n")
        lengths.append((len(short), len(long)))
    assert any(short < long for short, long in lengths)


def test_a_beam_finds_the_most_probable_line() -> None:
    generator = generator_of("word")
    model, size = generator._engine.model, len(generator.spec.units)
    numbers = generator.spec.units.encode("the king").numbers
    after = [n for n in range(size) if n not in NEVER_WRITTEN]
    first = next_log_probabilities(model, numbers)
    totals: dict[tuple[int, ...], float] = {(): first[END]}
    for one in set(after) - {END}:
        second = next_log_probabilities(model, [*numbers, one])
        totals[(one,)] = first[one] + second[END]
        totals |= {(one, two): first[one] + second[two] for two in set(after) - {END}}
    best = sorted(totals, key=lambda found: -totals[found])[:5]
    wanted = ["".join(generator.spec.units.written(n) for n in found) for found in best]
    assert generator.best_texts("the king", 5, beam=size, max_tokens=2) == wanted
    assert generator.generate("the king", beam=size, max_tokens=2) == wanted[0]


def test_the_best_texts_of_a_beam_differ() -> None:
    generator = generator_of("subword")
    texts = generator.best_texts("the", 3, beam=6, max_tokens=8)
    assert len(set(texts)) == len(texts) == 3
    stop = texts[0][2]
    stopped = generator.best_texts("the", 3, beam=6, max_tokens=8, stop=stop)
    assert stopped == list(dict.fromkeys(text.split(stop)[0] for text in texts))
    with pytest.raises(ConfigError, match="7 texts are wanted of a beam of 6"):
        generator.best_texts("the", 7, beam=6)
    with pytest.raises(ConfigError, match="k is 0"):
        generator.best_texts("the", 0)


def test_stop_strings_end_a_text() -> None:
    generator = generator_of()
    free = generator.generate("the", seed=4, max_tokens=200)
    stop = free[20:23]
    assert generator.generate("the", seed=4, max_tokens=200, stop=stop) == free.split(stop)[0]
    assert generator.generate("the", seed=4, max_tokens=200, stop=["\n", stop]) == min(
        free.split(stop)[0], free.split("\n")[0], key=len
    )
    with pytest.raises(ConfigError, match="empty"):
        generator.generate(stop="")


def test_at_most_so_many_units_are_written() -> None:
    generator = generator_of("char")
    pieces = generator.generate("the", seed=1, max_tokens=7)
    assert len(pieces) <= 7
    assert len(list(generator.stream("the", seed=1, max_tokens=1))) <= 1


def test_keys_are_checked() -> None:
    generator = generator_of()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"temperature": -1}, "sampling.temperature"),
        ({"top_q": 1}, "unknown key sampling.top_q"),
        ({"seed": -1}, "seed is -1"),
    ]
    for given, message in wrong:
        with pytest.raises(ConfigError, match=message):
            generator.generate(**given)
    with pytest.raises(ConfigError, match="2 seeds for 1 prompts"):
        generator.generate_many(["a"], seed=[1, 2])
    with pytest.raises(ConfigError, match="k is 0"):
        generator.next_words(k=0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda g: g.generate(None), TypeError, "a prompt is None: give a string"),
        (lambda g: g.stream(b"the"), TypeError, "a prompt is b'the'"),
        (lambda g: g.best_texts(3, beam=2), TypeError, "a prompt is 3"),
        (lambda g: g.next_words(["the"]), TypeError, r"a prompt is \['the'\]"),
        (lambda g: g.generate_many("the"), TypeError, "the prompts are 'the': give a list"),
        (lambda g: g.generate_many(None), TypeError, "the prompts are None"),
        (lambda g: g.generate_many(["a", 1]), TypeError, "a prompt is 1"),
        (lambda g: g.generate_many(["a"] * 2, seed=[1]), ConfigError, "1 seeds for 2 prompts"),
        (lambda g: g.generate_many(["a"], seed=[-1]), ConfigError, "seed is -1"),
        (lambda g: g.generate(seed="1"), ConfigError, "seed is '1': give a whole number"),
        (lambda g: g.generate(seed=1.5), ConfigError, "seed is 1.5"),
        (lambda g: g.generate(seed=True), ConfigError, "seed is True"),
        (lambda g: g.generate(stop=None), ConfigError, "stop is None: give a string or a list"),
        (lambda g: g.generate(stop=["a", 1]), ConfigError, r"stop is \['a', 1\]"),
        (lambda g: g.generate(temperature="hot"), ConfigError, "sampling.temperature"),
        (lambda g: g.next_words("a", k=-1), ConfigError, "k is -1"),
        (lambda g: g.next_words("a", k="5"), ConfigError, "k is '5': give a whole number"),
        (lambda g: g.next_words("a", k=2.5), ConfigError, "k is 2.5"),
        (lambda g: g.next_words("a", k=1001), ConfigError, "k is 1001: .* from 1 to 1,000"),
        (lambda g: g.perplexity(b"a"), TypeError, "the text is b'a': give a string"),
        (lambda g: g.best_texts("a", k=None), ConfigError, "k is None"),
        (lambda g: g.score([]), DataError, "no text to be scored"),
        (lambda g: g.score(["", " \t"]), DataError, "no text to be scored"),
        (lambda g: g.perplexity(""), DataError, "no text to be scored"),
        (lambda g: g.perplexity(None), TypeError, "the text is None: give a string or its lines"),
        (lambda g: g.score(["a", None]), TypeError, "a line is None: give a string"),
    ],
)
def test_what_cannot_be_asked(
    call: Callable[[seqtag.Generator], object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(generator_of())


def test_texts_are_scored_whole_or_by_their_lines() -> None:
    generator = generator_of()
    scores = generator.score("the king sat\n\na cat\n")
    assert scores["lines"] == 3
    assert scores == generator.score(iter(["the king sat", "", "a cat\n"]))
    assert generator.perplexity(["the king sat", "", "a cat"]) == scores["perplexity"]


def test_samples_do_not_share_their_random_numbers() -> None:
    generator = generator_of()
    text = TextPart("x", kept=["the king sat down and slept", "a queen sat on a cat"])
    samples = examine_text(generator, text).samples
    prompts = ["", "the king sat down", "a queen sat on"]
    wanted = generator.generate_many(prompts, seed=[1, 2, 3], max_tokens=100)
    assert samples == list(zip(prompts, wanted, strict=True))


def test_backward_models_write_nothing_but_foresee() -> None:
    generator = generator_of(direction="backward")
    assert not generator.writes
    with pytest.raises(ConfigError, match="from their end"):
        generator.generate("the")
    with pytest.raises(ConfigError, match="from their end"):
        generator.best_texts("the")
    with pytest.raises(ConfigError, match="from their end"):
        generator.next_words("the")
    assert generator.perplexity("the king") > 1
    assert examine_text(generator, TextPart("x", kept=LINES)).samples == []


@pytest.mark.parametrize("kind", KINDS)
def test_perplexity_is_that_of_a_plain_loop(kind: UnitKind) -> None:
    generator = generator_of(kind)
    text = "the king sat\n\na cat"
    units = generator.spec.units
    numbers = [n for line in text.split("\n") for n in [*units.encode(line).numbers, END]]
    total, _ = plain_loop(generator._engine.model, numbers)
    wanted = spelt(total, 0.0, 3 + 2 + 3)
    assert generator.perplexity(text) == pytest.approx(wanted, rel=1e-5)
    assert generator.perplexity(text + "\n") == pytest.approx(wanted, rel=1e-5)


WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
"""What a word is: letters and digits, and apostrophes between them."""

CONTRACTIONS = Words([" the", " does", "n't", "'s", "'", ","], tokenizer="space")


def all_next(generator: seqtag.Generator, prompt: str, most: int) -> dict[str, float]:
    """Return the probability of every next word by following every way to write it."""
    model, units = generator._engine.model, generator.spec.units
    items = ["", "", "", "\n", *units.items]
    numbers = [n for line in prompt.split("\n") for n in [*units.encode(line).numbers, END]][:-1]
    at_start = not numbers or numbers[-1] == END
    found: dict[str, float] = {}

    def follow(read: list[int], text: str, probability: float, left: int) -> None:
        chances = np.exp(next_log_probabilities(model, read))
        for number in range(3, len(items)):
            if text != " " or items[number][:1] != " ":
                take([*read, number], text + items[number], probability * chances[number], left)

    def take(read: list[int], text: str, probability: float, left: int) -> None:
        bare = text.removeprefix(" ")
        word = WORD.match(bare)
        if bare and not word:
            found[bare] = found.get(bare, 0.0) + probability
        elif word and bare[word.end() :] not in ("", "'"):
            found[word[0]] = found.get(word[0], 0.0) + probability
        elif left:
            follow(read, text, probability, left - 1)

    chances = np.exp(next_log_probabilities(model, numbers))
    starts = " \n" if units.kind != "char" else "".join(items).replace(" ", "")
    first = [
        number
        for number in range(3, len(items))
        if (items[number][0] in starts if at_start else not re.match(r"\w|'", items[number]))
    ]
    for number in first:
        take([*numbers, number], items[number], chances[number] / sum(chances[first]), most)
    return found


@pytest.mark.parametrize(
    "units",
    [
        learn_units("char", ["ab ba a, b"], min_count=1, size=0),
        learn_units("char", ["a'b 'a"], min_count=1, size=0),
        learn_units("subword", ["ab ba a, b"], min_count=1, size=8),
        learn_units("subword", ["ab'b b'b, b"], min_count=1, size=8),
        CONTRACTIONS,
    ],
    ids=["char", "char'", "subword", "subword'", "word'"],
)
@pytest.mark.parametrize("prompt", ["", "ab", "does"])
def test_next_words_are_those_of_exhaustive_search(units: Units, prompt: str) -> None:
    generator = random_generator(make_spec(units))
    wanted = all_next(generator, prompt, 4)
    found = generator.next_words(prompt, k=3)
    ordered = sorted(wanted.items(), key=lambda item: -item[1])[:3]
    assert [word for word, _ in found] == [word for word, _ in ordered]
    for (_, probability), (_, other) in zip(found, ordered, strict=True):
        assert 0.97 * other < probability < 1.0001 * other


@pytest.mark.parametrize(
    "units",
    [CONTRACTIONS, learn_units("char", ["a's b', a"], min_count=1, size=0)],
    ids=["word", "char"],
)
def test_no_whole_word_ends_within_a_contraction(units: Units) -> None:
    generator = random_generator(make_spec(units), seed=6)
    within = 0
    for seed in range(24):
        text, longer = (
            generator.generate("", seed=seed, max_tokens=most, whole_words=True) for most in (3, 9)
        )
        assert longer.startswith(text)
        assert all(not word.start() < len(text) < word.end() for word in WORD.finditer(longer))
        cut = len(generator.generate("", seed=seed, max_tokens=3))
        within += any(
            "'" in word[0] and word.start() < cut < word.end() for word in WORD.finditer(longer)
        )
    assert within > 2  # else nothing would have been tested


def test_next_words_of_words_are_the_next_units() -> None:
    generator = generator_of("word")
    words = generator.next_words("the king", k=4)
    units = generator.spec.units
    assert isinstance(units, Words)
    numbers = units.encode("the king").numbers
    chances = np.exp(next_log_probabilities(generator._engine.model, numbers))
    names = ["", "", "", "\n", *[item.strip() for item in units.items]]
    border = list(range(3, len(names)))
    wanted = sorted(((names[n], chances[n]) for n in border), key=lambda item: -item[1])[:4]
    assert [word for word, _ in words] == [word for word, _ in wanted]
    total = sum(chances[n] for n in border)
    for (_, probability), (_, other) in zip(words, wanted, strict=True):
        assert probability == pytest.approx(other / total, rel=1e-4)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generator")
    text = folder / "text.txt"
    text.write_text("\n".join(LINES * 8) + "\n", "utf-8")
    seqtag.train(train=text, dev=text, test=text, output=folder / "run", **TINY_GENERATOR)
    return folder / "run"


def test_a_run_has_all_that_runs_have(run: Path) -> None:
    for name in ("config.toml", "metrics.json", "history.jsonl", "report.html", "model/README.md"):
        assert (run / name).is_file(), name
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    assert {"perplexity", "bits_per_char"} <= set(metrics["dev"])
    assert metrics["train"]["lines"] == 40
    card = (run / "model" / "README.md").read_text("utf-8")
    assert "generator of characters" in card
    page = (run / "report.html").read_text("utf-8")
    assert "What it writes" in page


def test_a_page_is_made_anew_of_what_the_run_was_scored_on(tmp_path: Path) -> None:
    text = tmp_path / "text.conll"
    text.write_text("\n".join(["the king sat", "a cat", *LINES] * 5) + "\n", "utf-8")
    settings: dict[str, Any] = {**TINY_GENERATOR, "training.epochs": 1, "data.format": "text"}
    seqtag.train(train=text, dev=text, output=tmp_path / "run", **settings)
    page = report_run(tmp_path / "run", tmp_path / "page.html").read_text("utf-8")
    bits = json.loads((tmp_path / "run" / "metrics.json").read_text("utf-8"))["dev"]
    assert f"{bits['bits_per_char']:.4f}" in page
    # Its name is that of another format, which an evaluation has to be told.
    plain = call("evaluate", tmp_path / "run", text, "--input", "text", "--json")
    assert json.loads(plain.out)["perplexity"] == pytest.approx(bits["perplexity"])
    assert call("evaluate", tmp_path / "run", text, "--json").out != plain.out


def test_card_of_a_model_that_reads_backwards_tells_what_it_is_for(tmp_path: Path) -> None:
    for direction in ("forward", "backward"):
        random_generator(make_spec(direction=direction)).save(tmp_path / direction)
        card = (tmp_path / direction / "README.md").read_text("utf-8")
        is_backward = direction == "backward"
        assert ("generator.perplexity(" in card, "generate(" in card) == (True, not is_backward)
        for text in ("writes it", "## Writing", "read and written", "seqtag generate"):
            assert (text in card) != is_backward
        assert ("embedding.language_model=FORWARD," in card) == is_backward


def test_a_model_loads_as_it_was(run: Path, tmp_path: Path) -> None:
    generator = seqtag.load(run)
    assert isinstance(generator, seqtag.Generator)
    generator.save(tmp_path / "copy")
    copy = load_generator(tmp_path / "copy")
    assert copy.spec == generator.spec
    text = "the king sat"
    assert copy.perplexity(text) == generator.perplexity(text)
    assert copy.generate("the", seed=1) == generator.generate("the", seed=1)
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    lines = LINES * 8
    assert generator.score(lines)["perplexity"] == pytest.approx(metrics["test"]["perplexity"])
    with pytest.raises(ConfigError, match="tells what comes next and tags no tokens"):
        load_tagger(run)


def test_generators_are_for_torch_alone(run: Path) -> None:
    with pytest.raises(ConfigError, match="generators are run in torch alone"):
        seqtag.load(run, engine="onnx")
    for int8 in (False, True):
        with pytest.raises(ConfigError, match="generators cannot be exported: .* torch") as caught:
            seqtag.export(run, int8=int8)
        assert caught.value.path == str(run / "model")
    assert not list((run / "model").glob("*.onnx"))


def test_training_repeats_to_the_bit(run: Path, tmp_path: Path) -> None:
    seqtag.train(run / "config.toml", output=tmp_path / "again")
    name = "model/weights.safetensors"
    assert (tmp_path / "again" / name).read_bytes() == (run / name).read_bytes()


def test_training_goes_on_from_another_run(run: Path, tmp_path: Path) -> None:
    text = run.parent / "text.txt"
    longer: dict[str, Any] = {"training.epochs": 2}
    further = seqtag.train(train=text, dev=text, init=run, output=tmp_path / "more", **longer)
    before, after = (seqtag.load(each).score(LINES) for each in (run, tmp_path / "more"))
    assert after["perplexity"] < before["perplexity"]
    assert further.spec.units == seqtag.load(run).spec.units
    others: dict[str, Any] = {"units.text": "word"}
    with pytest.raises(ConfigError, match=r"units\.text is 'word'"):
        seqtag.train(train=text, init=run, **others)
    with pytest.raises(ConfigError, match="embedding.language_model"):
        seqtag.train(train=text, init=run, task="tag")


def test_spec_survives_its_folder(tmp_path: Path) -> None:
    for kind in KINDS:
        spec = make_spec(make_units(kind), cutoffs=(6, 9), direction="both")
        generator = random_generator(spec)
        generator.save(tmp_path / kind)
        assert load_generator(tmp_path / kind).spec == spec
    assert random_model(make_spec()).directions == ["forward"]


def test_text_without_white_space_is_learnt_and_loaded(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(("\u5929\u5730\u7384\u9ec4" * 400 + "\n") * 4, "utf-8")
    settings = {**TINY_GENERATOR, "training.epochs": 1}
    seqtag.train(output=tmp_path / "run", train=tmp_path / "text.txt", **settings)
    perplexity = seqtag.load(tmp_path / "run").spec.facts["dev"]["perplexity"]
    assert 1e15 < perplexity < math.inf
    json.loads((tmp_path / "run" / "metrics.json").read_text("utf-8"), parse_constant=pytest.fail)
