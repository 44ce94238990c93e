from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

import seqtag
from seqtag.api.load import load_translator
from seqtag.config import SearchConfig
from seqtag.errors import DataError
from tests.helpers import (
    TINY_TRANSLATOR,
    assert_same_run,
    call,
    run_program,
    set_options,
    start_program,
)
from tests.translators import make_spec, make_units, random_translator

LINES = [
    "The cook danced.",
    "",
    "Anna will wash a farmer in the gardens.",
    "  ",
    "Ωmega\twants λ xylophones!",
    "a\u2028b \x85 c",
    "I knew the ring. " * 40,
    "",
]
TEXT = "".join(f"{line}\n" for line in LINES)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model that says much, and nothing of sense."""
    units = make_units("char", ["The cook danced. Anna will wash a farmer in gardens, I knew!"])
    spec = make_spec(units, units, max_length=200, search=SearchConfig(beam=3, max_length=15))
    run = tmp_path_factory.mktemp("said")
    random_translator(spec, strength=2.5).save(run / "model")
    return run / "model"


@pytest.fixture(scope="module")
def translator(model: Path) -> seqtag.Translator:
    return load_translator(model)


@pytest.fixture(scope="module")
def wanted(translator: seqtag.Translator) -> str:
    return "".join(f"{found.text}\n" for found in translator.translate_many(LINES))


def test_as_many_lines_come_out_as_go_in(model: Path, wanted: str, tmp_path: Path) -> None:
    assert len(LINES[6]) > 200
    path = tmp_path / "in.txt"
    path.write_text(TEXT, "utf-8")
    first = call("translate", model, path)
    assert first.status == 0
    assert first.out == wanted
    assert first.out.count("\n") == len(LINES)
    lines = first.out.split("\n")
    assert [not line for line in lines] == [not line.strip() for line in LINES] + [True]


def test_files_pipes_and_models_give_the_same(model: Path, wanted: str, tmp_path: Path) -> None:
    packed = tmp_path / "in.txt.gz"
    packed.write_bytes(gzip.compress(TEXT.encode()))
    assert call("translate", model, packed).out == wanted
    assert call("translate", model, stdin=TEXT.encode()).out == wanted
    assert call("translate", model, "-", stdin=TEXT.encode()).out == wanted
    assert call("translate", model.parent, stdin=TEXT.encode()).out == wanted
    crlf = TEXT.replace("\n", "\r\n").encode()
    assert call("translate", model, stdin=crlf).out == wanted


def test_program_and_python_are_the_same(model: Path, wanted: str) -> None:
    outcome = run_program("translate", model, stdin=TEXT.encode())
    assert (outcome.status, outcome.out, outcome.err) == (0, wanted, "")


def test_slow_pipe_has_each_translation_before_the_next_text(model: Path, wanted: str) -> None:
    pipe = subprocess.PIPE
    with start_program("translate", model, stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line, translation in zip(LINES, wanted.split("\n"), strict=False):
            process.stdin.write(f"{line}\n".encode())
            process.stdin.flush()
            assert process.stdout.readline().decode() == f"{translation}\n"
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.returncode == 0


def test_nothing_gives_nothing(model: Path) -> None:
    outcome = call("translate", model, stdin=b"")
    assert (outcome.status, outcome.out) == (0, "")


def test_json_lines_tell_what_python_tells(model: Path, translator: seqtag.Translator) -> None:
    words = ["translate", model, "--output", "jsonl", "--beam", 4, "--nbest", 3]
    outcome = call(*words, stdin=TEXT.encode())
    results = [json.loads(line) for line in outcome.out.split("\n")[:-1]]
    assert len(results) == len(LINES)
    for result, found in zip(
        results, translator.translate_many(LINES, beam=4, nbest=3), strict=True
    ):
        assert result["source"] == found.source
        assert result["text"] == found.text
        assert result["tokens"] == found.tokens
        assert result["score"] == pytest.approx(found.score, abs=1e-5)
        assert len(result["attention"]) == len(found.tokens) + 1
        assert [one["text"] for one in result["nbest"]] == [one.text for one in found.nbest]
    plain = call("translate", model, "--output", "jsonl", stdin=b"a\n")
    assert "nbest" not in json.loads(plain.out)


def test_options_of_the_search_are_heeded(model: Path, translator: seqtag.Translator) -> None:
    options: dict[str, Any] = {
        "beam": 2,
        "length_penalty": 0.2,
        "coverage_penalty": 0.5,
        "pruning": 0.7,
        "no_repeat_ngram": 2,
        "min_length": 4,
        "max_length": 9,
    }
    words = [
        word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)
    ]
    outcome = call("translate", model, *words, stdin=b"The cook danced.\n")
    assert outcome.out == f"{translator.translate('The cook danced.', **options).text}\n"


def test_ensemble_of_a_run_and_itself_is_the_run(model: Path, wanted: str) -> None:
    words = ["translate", model, "--ensemble", model, model]
    assert call(*words, stdin=TEXT.encode()).out == wanted


def test_attention_is_drawn(model: Path, wanted: str, tmp_path: Path) -> None:
    for name in ("a.svg", "b.html"):
        path = tmp_path / name
        outcome = call("translate", model, "--plot", path, stdin=TEXT.encode())
        assert outcome.out == wanted
        assert "attention is drawn in " in outcome.err
    assert len(list(tmp_path.glob("a.*.svg"))) == len(LINES)
    assert (tmp_path / "b.html").exists()


def test_what_was_translated_before_an_error_is_drawn(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "look.html"
    outcome = call("translate", model, "--plot", path, stdin=b"The cook\ndanced.\nb\xe9\n")
    assert outcome.error.startswith("<stdin>:3: byte 0xe9 is not UTF-8")
    assert outcome.out.count("\n") == 2
    assert f"attention is drawn in {path}" in outcome.err
    assert path.read_text("utf-8").count("<svg") == 2
    words = ["translate", model, "--long", "refuse", "--plot", tmp_path / "look.svg"]
    outcome = call(*words, stdin=f"The cook\n{LINES[6]}\n".encode())
    assert outcome.error.startswith("<stdin>:2: the text has 679 units")
    assert (tmp_path / "look.svg").exists()


def test_picture_that_fails_does_not_hide_the_error(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DataError("no room", path="look.svg")

    monkeypatch.setattr("seqtag.cli.translate.write_pictures", fail)
    words = ["translate", model, "--plot", tmp_path / "look.svg"]
    outcome = call(*words, stdin=b"a\nb\xe9\n")
    assert outcome.error.startswith("<stdin>:2: byte 0xe9 is not UTF-8")
    assert "attention is not drawn: look.svg: no room\n" in outcome.err
    assert call(*words, stdin=b"a\n").error == "look.svg: no room"


def test_where_nothing_is_drawn_this_is_told(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "look.svg"
    outcome = call("translate", model, "--plot", path, stdin=b"")
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err == "nothing was translated, so nothing is drawn\n"
    assert not path.exists()
    assert call("translate", model, "--plot", path, stdin=b"b\xe9\n").err.count("\n") == 1


def test_what_is_not_drawn_is_counted(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqtag.cli.translate.MOST_PICTURES", 2)
    path = tmp_path / "look.svg"
    outcome = call("translate", model, "--plot", path, "--max-length", 3, stdin=b"a\n" * 5)
    assert outcome.err == (
        f"attention is drawn in {tmp_path / 'look.1.svg'} to look.2.svg; 3 further translations "
        "not drawn, past the first 2\n"
    )


def test_long_lines_are_refused_where_that_is_asked_for(
    model: Path, wanted: str, tmp_path: Path
) -> None:
    path = tmp_path / "in.txt"
    path.write_text(TEXT, "utf-8")
    outcome = call("translate", model, path, "--long", "refuse")
    assert outcome.error.startswith(
        f"{path}:7: the text has 679 units, and encoder.max_length is 200"
    )
    assert outcome.out == "".join(f"{line}\n" for line in wanted.split("\n")[:6])


@pytest.mark.parametrize(
    ("words", "stdin", "message"),
    [
        (["--nbest", "2"], b"a\n", "--nbest needs --output jsonl"),
        (["--output", "jsonl", "--beam", "2", "--nbest", "3"], b"a\n", "nbest is 3 and the beam"),
        (["--beam", "1000"], b"a\n", "search.beam is 1000"),
        (["--length-penalty", "-1"], b"a\n", "search.length_penalty is -1.0"),
        (["--max-length", "-1"], b"a\n", "search.max_length is -1"),
        (["--plot", "look.pdf"], b"a\n", "look.pdf: give a name that ends in .svg, .png or .html"),
        (["--plot", "/nowhere/a.svg"], b"a\n", "/nowhere"),
        (["--device", "abacus"], b"a\n", "device 'abacus' cannot be used"),
        (["--ensemble", "nowhere"], b"a\n", "nowhere: there is no such run or model"),
        (["nowhere.txt"], b"", "nowhere.txt: cannot be read"),
        ([], b"a\nb\xe9\n", "<stdin>:2: byte 0xe9 is not UTF-8"),
        ([], "a".encode("utf-16"), "<stdin>:1: this is UTF-16 text"),
        ([], b"\x1f\x8b\x00", "<stdin>: the gzip data is damaged"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    translator_run: Path, words: list[str], stdin: bytes, message: str
) -> None:
    assert message in call("translate", translator_run, *words, stdin=stdin).error


@pytest.mark.parametrize(
    "words", [["--beam", "0"], ["--beam", "many"], ["--nbest", "-1"], ["--long", "cut"]]
)
def test_wrong_options_are_told_in_one_line(translator_run: Path, words: list[str]) -> None:
    outcome = call("translate", translator_run, *words, stdin=b"a\n")
    assert outcome.status == 2
    assert outcome.err.splitlines()[-1].count("error: ") == 1
    assert outcome.out == ""


def test_models_of_other_tasks_are_refused(translator_run: Path, ner_run: Path) -> None:
    assert "tags tokens and translates no texts" in call("translate", ner_run, stdin=b"a\n").error
    assert "translates texts and tags no tokens" in call("tag", translator_run, stdin=b"a\n").error
    outcome = call("classify", translator_run, stdin=b"a\n")
    assert "translates texts and labels no texts" in outcome.error


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors", "source_items.json"])
def test_damaged_models_are_refused_by_all_commands(
    name: str, translator_run: Path, parallel: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    shutil.copytree(translator_run / "model", model)
    path = model / name
    path.write_bytes(path.read_bytes()[:-40])
    assert name in call("translate", model, stdin=b"a\n").error
    assert name in call("evaluate", model, parallel / "test").error
    if name != "weights.safetensors":
        assert name in call("info", model).error


def test_translations_are_evaluated(translator_run: Path, parallel: Path) -> None:
    outcome = call("evaluate", translator_run, parallel / "test", "--json")
    assert outcome.status == 0
    scores = json.loads(outcome.out)
    metrics = json.loads((translator_run / "metrics.json").read_text("utf-8"))
    assert scores.pop("signature") == metrics["test"].pop("signature")
    assert scores == pytest.approx(metrics["test"], abs=1e-4)
    text = call("evaluate", translator_run, parallel / "test").out
    assert f"{scores['chrf']:.2f}" in text
    assert "20 pairs" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere/test"], "nowhere/test.en"),
        (["nowhere.tsv"], "nowhere.tsv: cannot be read"),
        (["-"], "<stdin>:2: the line has 1 column"),
        (["x.tsv", "--columns", "token=0"], "write source=0,target=1"),
    ],
)
def test_what_cannot_be_evaluated_is_told_in_one_line(
    translator_run: Path, words: list[str], message: str
) -> None:
    outcome = call("evaluate", translator_run, *words, stdin=b"a\tb\nc\n")
    assert message in outcome.error


def test_translator_tells_what_it_is(translator_run: Path) -> None:
    outcome = call("info", translator_run)
    assert outcome.status == 0
    assert "en" in outcome.out
    assert "zq" in outcome.out
    assert outcome.out == (translator_run / "model" / "README.md").read_text("utf-8")


def test_training_on_the_command_line_gives_the_run_of_python(
    translator_run: Path, parallel: Path, tmp_path: Path
) -> None:
    settings = {k: v for k, v in TINY_TRANSLATOR.items() if k not in ("task", "threads")}
    parts = [f"--{part}={parallel / part}" for part in ("train", "dev", "test")]
    sides = ["--source", "en", "--target", "zq", "--threads", 1]
    run = tmp_path / "run"
    words = ["train", "--task", "translate", *parts, *sides, "-o", run, *set_options(settings)]
    outcome = call(*words)
    assert outcome.status == 0, outcome.err
    assert_same_run(translator_run, run)
    assert "--force" in call(*words).error


def test_reader_who_leaves_ends_the_program(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_text("The cook danced.\n" * 20_000, "utf-8")
    pipe = subprocess.PIPE
    with start_program("translate", model, path, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        started = time.perf_counter()
        process.wait(60)
        assert time.perf_counter() - started < 30
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_file_of_columns_is_told_to_be_read_by_line(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("a\tb\nc\td\n", "utf-8")
    done = run_program("translate", model, path)
    assert done.status == 0
    assert done.out.count("\n") == 2
    assert "pairs.tsv is translated line by line" in done.err
