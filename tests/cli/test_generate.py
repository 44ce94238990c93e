from __future__ import annotations

import io
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import seqtag
from seqtag.api.load import load_generator
from seqtag.cli.main import main
from tests.generators import LINES, TINY_GENERATOR, make_spec, make_units, random_generator
from tests.helpers import assert_same_run, call, run_program, set_options, start_program


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model that says much, and nothing of sense."""
    folder = tmp_path_factory.mktemp("written") / "model"
    random_generator(make_spec(make_units("subword"))).save(folder)
    return folder


@pytest.fixture(scope="module")
def generator(model: Path) -> seqtag.Generator:
    return load_generator(model)


def test_a_text_is_its_prompt_and_what_follows(model: Path, generator: seqtag.Generator) -> None:
    options = ["--prompt", "the king", "--seed", 3, "--max-tokens", 20, "--temperature", 0.7]
    found = call("generate", model, *options)
    assert found.status == 0
    text = generator.generate("the king", seed=3, max_tokens=20, temperature=0.7)
    assert found.out == f"the king{text}\n"
    assert found.err == ""


def test_every_option_reaches_the_generator(model: Path, generator: seqtag.Generator) -> None:
    given: dict[str, Any] = {
        "max_tokens": 25,
        "temperature": 1.3,
        "top_k": 9,
        "top_p": 0.9,
        "min_p": 0.01,
        "repetition_penalty": 1.4,
        "no_repeat_ngram": 2,
    }
    options = [
        word for key, value in given.items() for word in (f"--{key.replace('_', '-')}", value)
    ]
    found = call("generate", model, "--seed", 1, *options)
    assert found.out == generator.generate(seed=1, **given) + "\n"
    beam = call("generate", model, "--beam", 3, "--length-penalty", 0.5, "--max-tokens", 8)
    assert beam.out == generator.generate(beam=3, length_penalty=0.5, max_tokens=8) + "\n"
    stopped = call("generate", model, "--seed", 1, "--stop", "\n", "--stop", "zz")
    assert stopped.out == generator.generate(seed=1, stop=["\n", "zz"]) + "\n"


def test_each_prompt_is_answered_before_the_next_is_asked(model: Path) -> None:
    options = ["--seed", 1, "--max-tokens", 3, "--output", "jsonl"]
    process = start_program(
        "generate", model, *options, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        for prompt in ("the king", "a queen", ""):
            process.stdin.write(f"{prompt}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["prompt"] == prompt
        process.stdin.close()
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()


def test_samples_have_seeds_in_a_row(model: Path, generator: seqtag.Generator) -> None:
    options = ["--prompt", "a", "--seed", 4, "--samples", 3, "--output", "jsonl"]
    found = [json.loads(line) for line in call("generate", model, *options).out.splitlines()]
    assert [each["seed"] for each in found] == [4, 5, 6]
    assert [each["text"] for each in found] == [generator.generate("a", seed=s) for s in (4, 5, 6)]
    assert {each["prompt"] for each in found} == {"a"}


def test_several_answers_are_parted_by_rulers(model: Path, generator: seqtag.Generator) -> None:
    options = ["--max-tokens", 9, "--seed", 1]
    found = call("generate", model, "-", *options, stdin=b"a\nthe\n").out
    texts = [p + generator.generate(p, seed=1, max_tokens=9) for p in ("a", "the")]
    assert found == "\n---\n".join(texts) + "\n"
    found = call("generate", model, "-", "--next", 2, stdin=b"a\nthe\n").out
    assert [line == "---" for line in found.splitlines()] == [False, False, True, False, False]


def test_several_samples_are_parted_by_rulers(model: Path, generator: seqtag.Generator) -> None:
    options = ["--max-tokens", 9, "--seed", 1, "--samples", 2]
    found = call("generate", model, "-", *options, stdin=b"a\nthe\n").out
    texts = [p + generator.generate(p, seed=s, max_tokens=9) for p in ("a", "the") for s in (1, 2)]
    assert found == "\n---\n".join(texts) + "\n"


def test_samples_of_a_beam_are_its_best(model: Path, generator: seqtag.Generator) -> None:
    options = ["--prompt", "a", "--max-tokens", 9, "--beam", 4, "--samples", 3]
    found = call("generate", model, *options, "--seed", 1, "--output", "jsonl").out.splitlines()
    best = generator.best_texts("a", 3, beam=4, max_tokens=9)
    wanted = [{"prompt": "a", "text": text, "seed": None} for text in best]
    assert [json.loads(line) for line in found] == wanted
    assert "5 texts are wanted of a beam of 4" in call("generate", model, *options[:-1], 5).error


def test_prompts_may_come_from_a_file_or_a_pipe(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "prompts.txt"
    path.write_text("the king\n\na cat\n", "utf-8")
    options = ["--seed", 1, "--output", "jsonl", "--max-tokens", 5]
    found = call("generate", model, path, *options).out
    assert [json.loads(line)["prompt"] for line in found.splitlines()] == ["the king", "", "a cat"]
    assert call("generate", model, "-", *options, stdin=path.read_bytes()).out == found
    assert call("generate", model, *options, stdin=path.read_bytes()).out == found
    assert "give one of them" in call("generate", model, path, "--prompt", "a").error


def test_without_anything_to_begin_with_a_text_begins(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--seed", 1, "--max-tokens", 5]
    wanted = call("generate", model, *options, "--prompt", "").out
    assert call("generate", model, *options).out == wanted  # nothing comes
    assert call("generate", model, *options, "--prompt", "", stdin=b"the king\n").out == wanted
    terminal = io.StringIO("the king\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    for given in (terminal, None):
        monkeypatch.setattr("sys.stdin", given)
        assert main(["generate", str(model), *map(str, options)]) == 0
        assert capsys.readouterr().out == wanted


def test_next_words_with_their_probabilities(model: Path, generator: seqtag.Generator) -> None:
    found = call("generate", model, "--prompt", "the", "--next", 3)
    words = generator.next_words("the", 3)
    shown = [("\\n" if word == "\n" else word, probability) for word, probability in words]
    assert found.out == "".join(f"{word}\t{probability:.6f}\n" for word, probability in shown)
    lines = call("generate", model, "--prompt", "the", "--next", 3, "--output", "jsonl").out
    assert json.loads(lines)["next"] == [[word, round(p, 6)] for word, p in words]


def test_a_conversation(model: Path, generator: seqtag.Generator) -> None:
    """Candidates, then the text; an empty line goes on, and commands change how it is written."""
    said = [
        "/seed 2",
        "/max_tokens 6",
        "the king",
        "",
        "/next 0",
        "/new",
        "",
        "/keys",
        "/quit",
        "x",
    ]
    stdin = "".join(f"{line}\n" for line in said).encode()
    found = call("generate", model, "--interactive", stdin=stdin)
    assert found.status == 0
    settings: dict[str, Any] = {"seed": 2, "max_tokens": 6, "whole_words": True}
    first = "the king" + generator.generate("the king", **settings)
    second = first + generator.generate(first, **{**settings, "seed": 3})
    third = generator.generate("", **{**settings, "seed": 4})
    head = generator.next_words("the king", 5)[0]
    word = "\\n" if head[0] == "\n" else head[0]
    assert found.out.startswith(f"next: {word} {head[1]:.1%}")
    assert found.out.count("next: ") == 2
    for text in (first, second, third):
        assert f"{text}\n\n" in found.out
    assert "max_tokens 6\n" in found.out
    assert "seed 5\n" in found.out
    assert call("generate", model, "--interactive", stdin=stdin).out == found.out
    assert "temperature 1.0\n" in found.out


def test_a_conversation_goes_on_with_the_next_line_behind_what_a_beam_has_ended(
    model: Path, generator: seqtag.Generator
) -> None:
    settings: dict[str, Any] = {"beam": 3, "max_tokens": 40, "whole_words": True}
    options = ["--interactive", "--beam", 3, "--max-tokens", 40, "--next", 1]
    found = call("generate", model, *options, stdin=b"the\n" + 6 * b"\n").out
    text = "the"
    for _ in range(7):
        further = generator.generate(text, **settings)
        text += further
        assert f"{text}\n\n" in found
        text += "" if further else "\n"
    assert "\n" in text


def test_a_conversation_may_begin_with_a_prompt(model: Path) -> None:
    options = ["--interactive", "--seed", 2, "--max-tokens", 6]
    found = call("generate", model, *options, "--prompt", "the king", stdin=b"/quit\n")
    typed = call("generate", model, *options, stdin=b"the king\n")
    assert (found.status, found.out) == (0, typed.out)


def test_an_interrupt_ends_the_text_that_is_being_written(
    model: Path,
    generator: seqtag.Generator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = seqtag.Generator.stream
    settings: dict[str, Any] = {"seed": 2, "max_tokens": 9, "whole_words": True}
    first, *_ = generator.stream("the king", **settings)

    def interrupted(*arguments: Any, **options: Any) -> Iterator[str]:  # noqa: ANN401 - any
        monkeypatch.setattr(seqtag.Generator, "stream", stream)
        yield next(iter(stream(*arguments, **options)))
        signal.raise_signal(signal.SIGINT)
        pytest.fail("it goes on")

    monkeypatch.setattr(seqtag.Generator, "stream", interrupted)
    monkeypatch.setattr("sys.stdin", io.StringIO("the king\n\n"))
    before = signal.getsignal(signal.SIGINT)
    options = ["--seed", "2", "--max-tokens", "9", "--next", "1"]
    assert main(["generate", str(model), "--interactive", *options]) == 0
    assert signal.getsignal(signal.SIGINT) is before
    text = f"the king{first}"
    further = generator.generate(text, **{**settings, "seed": 3})
    _, shown, rest = capsys.readouterr().out.split("next: ")
    assert shown.endswith(f"%\n{text}\n\n")
    assert rest.endswith(f"%\n{text}{further}\n\n")


def test_an_interrupt_where_nothing_is_written_ends_the_conversation(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: signal.raise_signal(signal.SIGINT))
    assert main(["generate", str(model), "--interactive"]) == 130
    assert capsys.readouterr() == ("", "interrupted\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--temperature", "1"], "--temperature"),
        (["--max-tokens", "5"], "--max-tokens"),
        (["--no-repeat-ngram", "2"], "--no-repeat-ngram"),
        (["--samples", "2"], "--samples"),
        (["--stop", "."], "--stop"),
        (["--seed", "1"], "--seed"),
    ],
)
def test_what_has_no_meaning_for_next_words(model: Path, options: list[str], message: str) -> None:
    found = call("generate", model, "--prompt", "the", "--next", "3", *options)
    assert f"{message} has no meaning with --next" in found.error
    assert found.out == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["prompts.txt"], "a file of prompts"),
        (["-"], "a file of prompts"),
        (["--samples", "2"], "--samples"),
        (["--output", "jsonl"], "--output jsonl"),
        (["--prompt", "a", "--prompt", "b"], "a second --prompt"),
    ],
)
def test_what_has_no_meaning_in_a_conversation(
    model: Path, options: list[str], message: str
) -> None:
    found = call("generate", model, "--interactive", *options, stdin=b"the\n")
    assert message in found.error
    assert "--interactive" in found.error
    assert found.out == ""


def test_models_that_read_backwards_are_refused_at_once(tmp_path: Path) -> None:
    random_generator(make_spec(direction="backward")).save(tmp_path / "model")
    for options in (["--interactive"], ["-"], ["--next", 2]):
        found = call("generate", tmp_path / "model", *options)
        assert (found.status, found.out) == (2, "")
        assert "from their end" in found.error


def test_prompts_may_be_several(model: Path) -> None:
    options = ["--max-tokens", "3", "--seed", "1"]
    whole = call("generate", model, "--prompt", "the", "--prompt", "a cat", *options)
    each = [call("generate", model, "--prompt", prompt, *options) for prompt in ("the", "a cat")]
    assert whole.out == "---\n".join(found.out for found in each)


def test_what_is_typed_has_to_be_utf8(model: Path) -> None:
    found = call("generate", model, "--interactive", stdin=b"the \xe9\n")
    assert found.error == "<stdin>: byte 0xe9 is not UTF-8; type or send UTF-8"


def test_a_conversation_survives_mistakes(model: Path) -> None:
    stdin = b"/temperature hot\n/temperature -1\n/seed x\n/nothing\nthe\n"
    found = call("generate", model, "--interactive", "--max-tokens", 3, stdin=stdin)
    assert found.status == 0
    assert found.err.count("error: ") == 3
    assert "/quit" in found.err
    assert "the" in found.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--temperature", "-1"], "sampling.temperature is -1.0"),
        (["--top-p", "2"], "sampling.top_p is 2.0"),
        (["--max-tokens", "0"], "sampling.max_tokens is 0"),
        (["--seed", "-1"], "seed is -1"),
        (["--stop", ""], "empty"),
        (["--next", "0"], "--next"),
        (["--device", "moon"], "device"),
    ],
)
def test_wrong_options(model: Path, options: list[str], message: str) -> None:
    assert message in call("generate", model, *options).error


def test_other_models_do_not_generate(tagger_run: Path, model: Path) -> None:
    assert "does not tell what comes next" in call("generate", tagger_run).error
    assert "tags no tokens" in call("tag", model, stdin=b"a b\n").error


@pytest.fixture(scope="module")
def tagger_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.helpers import SAMPLES, TINY, files

    run = tmp_path_factory.mktemp("tagger") / "run"
    seqtag.train(**files(SAMPLES / "ner", "conll"), output=run, **{**TINY, "training.epochs": 1})
    return run


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("\n".join(LINES * 10) + "\n", "utf-8")
    return path


def test_training_from_the_command_line(text: Path, tmp_path: Path) -> None:
    """The task goes by the direction, too; dev is the end of the text."""
    run = tmp_path / "run"
    keys = {key: value for key, value in TINY_GENERATOR.items() if key not in ("task", "threads")}
    options = ["--train", text, "--direction", "both", *set_options(keys), "-o", run]
    found = call("train", *options)
    assert found.status == 0, found.err
    assert "the last 5 of 50 lines are set aside" in found.err
    assert "perplexity of a token" in found.out
    assert "backward" in found.out
    assert "dev perplexity" in found.err
    again = call("train", run / "config.toml", "-o", tmp_path / "again")
    assert again.status == 0, again.err
    assert_same_run(run, tmp_path / "again")
    scores = json.loads(call("evaluate", run, text, "--json").out)
    assert scores["lines"] == 50
    assert call("evaluate", run, "-", "--json", stdin=text.read_bytes()).status == 0
    info = call("info", run)
    assert "in each direction" in info.out
    page = tmp_path / "page.html"
    assert call("evaluate", run, text, "--report", page).status == 0
    assert "bits of a character" in page.read_text("utf-8")
    assert call("report", run, "-o", tmp_path / "other.html").status == 2  # it has no dev file


def test_wrong_texts(text: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b" \n\n")
    binary = tmp_path / "x.bin"
    binary.write_bytes(b"a\0b\n")
    short = tmp_path / "short.txt"
    short.write_text("one line\n", "utf-8")
    train = ["train", "--task", "generate", "-o", tmp_path / "run"]
    for given, message in (
        (["--train", empty], "no text"),
        (["--train", binary], f"{binary}:1: "),
        (["--train", short], "a single line"),
        (["--train", tmp_path / "none.txt"], "none.txt"),
        (["--train", text, "--columns", "token=0"], "plain text has none"),
        (["--train", text, "--set", "encoder.bidirectional=true"], "language_model.direction=both"),
        (["--train", text, "--set", "encoder.attention=true"], "encoder.attention"),
        (["--train", text, "--set", "language_model.softmax=adaptive"], "too few"),
        (["--train", text, "--set", "units.source=char"], "only task translate"),
        (["--train", text, "--set", "embedding.ngram_size=3"], "embedding.ngram_size"),
        ([], "--train"),
    ):
        found = call(*train, *given)
        assert message in found.error, found.err
        assert not (tmp_path / "run").exists()


def test_the_program_streams(model: Path) -> None:
    found = run_program("generate", model, "--prompt", "the", "--seed", 1, "--max-tokens", 5)
    assert found.status == 0
    assert found.out.startswith("the")
