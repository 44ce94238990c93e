from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import seqtag
from seqtag.cli import train as train_command
from seqtag.training.loop import Progress
from tests.helpers import (
    TINY,
    Outcome,
    assert_same_run,
    call,
    contents,
    first_sentences,
    run_program,
    set_options,
    start_program,
)

QUICK = {**TINY, "training.epochs": 1}


@pytest.fixture
def data(corpus: Path, tmp_path: Path) -> Path:
    """Return a folder with 30 sentences in ``good.conll``."""
    text = first_sentences(corpus / "train.conll", 30)
    (tmp_path / "good.conll").write_text(text, "utf-8")
    return tmp_path


def train(run: Path, *words: object, **settings: Any) -> Outcome:  # noqa: ANN401
    """Call ``seqtag train`` with tiny sizes."""
    return call("train", "-o", run, *words, *set_options({**QUICK, **settings}))


# What is said


def test_newcomers_command_trains_with_two_files(corpus: Path, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "ner"
    words = ["--task", "tag", "--train", corpus / "train.conll", "--dev", corpus / "dev.conll"]
    outcome = call("train", *words, "-o", run, *set_options(QUICK))
    assert outcome.status == 0
    assert seqtag.load(run).tag(["Lake"]).tags


def test_results_go_to_standard_output_and_progress_to_standard_error(
    data: Path, corpus: Path
) -> None:
    files = ["--train", data / "good.conll", "--dev", corpus / "dev.conll"]
    outcome = train(data / "run", *files, "--test", corpus / "test.conll")
    assert re.findall("^=== (.*?):", outcome.out, re.MULTILINE) == ["dev", "test"]
    assert "F1 (strict)" in outcome.out
    assert "epoch" not in outcome.out
    assert re.search(r"epoch +1/1 .*loss .*dev accuracy .*tokens/s", outcome.err)
    assert f"the model is in {data / 'run'}" in outcome.err
    assert "=== dev" not in outcome.err


def test_epochs_of_language_models_are_told_in_a_line_each() -> None:
    progress = Progress(
        epoch=7,
        epochs=30,
        step=9,
        steps=9,
        total_steps=63,
        tokens=1000,
        loss=5.75,
        learning_rate=0.1,
        tokens_per_second=7705.0,
        is_best=True,
        best_score=0.2,
    )
    dev = {"perplexity": 4859.731, "bits_per_char": 2.38591, "loss": 4.9, "unknown": 0.01}
    record = {"train_loss": 5.75, "dev": dev, "tokens_per_second": 123456.7, "seconds": 145.2}
    line = train_command._epoch_line(progress, record)
    assert line == (
        "epoch  7/30  loss 5.7500  dev perplexity 4,859.73  2.3859 bits/char  123,457 tokens/s  "
        "145 s  best"
    )
    dev["perplexity"] = 1e300
    longest = train_command._epoch_line(replace(progress, epochs=100), record)
    assert len(line) <= 100
    assert len(longest) <= 100


def test_split_of_a_dev_part_is_said_out_loud(data: Path) -> None:
    """Also by the program of its own, whose messages no test framework catches."""
    words = ["train", "--train", data / "good.conll", "-o", data / "run", *set_options(QUICK)]
    outcome = run_program(*words)
    assert outcome.status == 0
    assert "no dev file: 3 of the 30 training sentences are set aside" in outcome.err
    assert "no dev file" not in outcome.out


def test_unknown_tags_are_said_with_their_count(data: Path) -> None:
    (data / "dev.conll").write_text("a\tB-NEW\nb\tO\n\n" * 3)
    outcome = train(data / "run", "--train", data / "good.conll", "--dev", data / "dev.conll")
    assert outcome.status == 0
    assert "3 tokens of dev with tags that training never shows" in outcome.err
    assert "B-NEW (3)" in outcome.err


def test_several_seeds_give_a_table(data: Path) -> None:
    outcome = train(data / "run", "--train", data / "good.conll", "--seeds", "1, 2")
    assert outcome.out.split("\n")[0].split() == ["score", "mean", "deviation", "seed-1", "seed-2"]
    metrics = json.loads((data / "run" / "metrics.json").read_text("utf-8"))
    assert f"{metrics['mean']['dev']['accuracy']:.4f}" in outcome.out
    assert metrics["best"] in outcome.out


def test_command_line_and_python_make_the_same_run(data: Path) -> None:
    train(data / "a", "--train", data / "good.conll")
    seqtag.train(train=data / "good.conll", output=data / "b", **QUICK)
    assert_same_run(data / "a", data / "b")
    assert contents(data / "a")["config.toml"] == contents(data / "b")["config.toml"]


def test_configuration_file_repeats_a_run(data: Path) -> None:
    train(data / "a", "--train", data / "good.conll")
    outcome = call("train", data / "a" / "config.toml", "-o", data / "b")
    assert outcome.status == 0
    assert_same_run(data / "a", data / "b")


def test_options_go_before_the_configuration_file(data: Path) -> None:
    (data / "c.toml").write_text('seed = 3\n[data]\ntrain = "nowhere"\n')
    outcome = train(data / "run", data / "c.toml", "--train", data / "good.conll", seed=4)
    assert outcome.status == 0
    text = (data / "run" / "config.toml").read_text("utf-8")
    assert "seed = 4" in text
    assert "good.conll" in text


def test_set_may_be_given_many_times(data: Path) -> None:
    words = ["--train", data / "good.conll", "-o", data / "run", *set_options(QUICK)]
    outcome = call("train", "--set", "seed=5", "head.crf=false", *words, "--set", "preset=fast")
    assert outcome.status == 0
    text = (data / "run" / "config.toml").read_text("utf-8")
    for wanted in ("seed = 5", "crf = false", 'preset = "fast"', "hidden_size = 16"):
        assert wanted in text


def test_start_from_another_run(data: Path, ner_run: Path) -> None:
    outcome = call(
        *("train", "--train", data / "good.conll", "-o", data / "run", "--init", ner_run),
        *("--threads", 1, "--set", "training.epochs=1"),
    )
    assert outcome.status == 0
    assert seqtag.load(data / "run").spec.encoder == seqtag.load(ner_run).spec.encoder


# Wrong input: status 2, one line, and nothing lost


def write(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


@pytest.mark.parametrize("part", ["train", "dev", "test"])
@pytest.mark.parametrize(
    ("make", "place", "message"),
    [
        (write(b"a\tO\n\nb\n"), ":3", "line 3 has 1 column, the lines above have 2"),
        (write(b"a\tO\nb\tO\tO\n"), ":2", "line 2 has 3 columns, the lines above have 2"),
        (write(b"a\n"), ":1", "there is no tag column, the line has 1 column"),
        (write(b"a\tO\ncaf\xe9\tO\n"), ":2", "byte 0xe9 is not UTF-8"),
        (write("a\tO\n".encode("utf-16")), ":1", "this is UTF-16 text"),
        (write(b""), "", "holds no sentence"),
        (write(b"\n \n\t\n"), "", "holds no sentence"),
        (write(b"-DOCSTART- O\n\n"), "", "holds no sentence"),
        (write(b"\x1f\x8bno gzip"), "", "the gzip data is damaged"),
        (Path.mkdir, "", "this is a folder"),
        (lambda _: None, "", "no such file or folder"),
    ],
    ids=[
        *("short row", "long row", "no tags", "latin-1", "utf-16", "empty", "blank", "marks only"),
        *("bad gzip", "folder", "missing"),
    ],
)
def test_bad_file_is_told_and_nothing_is_lost(
    data: Path, part: str, make: Callable[[Path], object], place: str, message: str
) -> None:
    make(data / "bad.conll")
    files: dict[str, object] = {"--train": data / "good.conll", f"--{part}": data / "bad.conll"}
    words = [word for pair in files.items() for word in pair]
    outcome = train(data / "run", *words)
    assert outcome.error.startswith(f"{data / 'bad.conll'}{place}: ")
    assert message in outcome.error
    assert outcome.out == ""
    assert not (data / "run").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_is_told(data: Path) -> None:
    (data / "good.conll").chmod(0)
    assert "permission denied" in train(data / "run", "--train", data / "good.conll").error


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "encoder.hiden_size=3"], "did you mean encoder.hidden_size?"),
        (["--set", "epochs=3"], "did you mean training.epochs?"),
        (["--set", "encoder.hidden_size=0"], "encoder.hidden_size is 0: give a value from 1"),
        (["--set", "encoder.hidden_size=big"], "give a whole number"),
        (["--set", "encoder.dropout=2"], "encoder.dropout is 2.0: give a value from 0.0"),
        (["--set", "encoder.cell=lstn"], "did you mean lstm?"),
        (["--set", "encoder"], "--set 'encoder': write key=value"),
        (["--set", "=3"], "--set '=3': write key=value"),
        (["--set", "encoder=3"], "encoder is"),
        (["--task", "nonsense"], "task is 'nonsense'"),
        (["--columns", "nonsense"], "columns 'nonsense'"),
        (["--columns", "token=0,tag=9"], "there is no tag column 9"),
        (["--columns", "token=0,tag=UPOS"], "a CoNLL column is a number"),
        (["--columns", "token=0,tags=1"], "did you mean tag?"),
        (["--seeds", ""], "--seeds '': write numbers"),
        (["--seeds", "1,"], "--seeds '1,': write numbers"),
        (["--seeds", "one"], "--seeds 'one': write numbers"),
        (["--seeds", "1,1"], "a seed is given twice"),
        (["--seeds", "1;2"], "write numbers with commas between, such as 1,2,3"),
        (["--seeds", "9223372036854775808"], "seed is 9223372036854775808"),
        (["--seeds", "9" * 5000], "write numbers"),
        (["--device", "nonsense"], "device 'nonsense' cannot be used"),
        (["--device", "cuda:99"], "device 'cuda:99' cannot be used"),
        (["--threads", "-1"], "threads is -1: give a value from 0"),
        (["--init", "nowhere"], "nowhere: there is no such run or model"),
    ],
)
def test_wrong_option_is_told_and_nothing_is_lost(
    data: Path, words: list[str], message: str
) -> None:
    outcome = call("train", "--train", data / "good.conll", "-o", data / "run", *words)
    assert message in outcome.error
    assert outcome.out == ""
    assert not (data / "run").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed = 1\n[encoder]\nhidden_size =\n", ":3: this is no TOML"),
        ("seed = 1\n\n[encoder]\nhiden_size = 3\n", ":4: unknown key encoder.hiden_size: did you"),
        ("[encoder]\nhidden_size = 0\n", ":2: encoder.hidden_size is 0"),
        ("[encode]\nhidden_size = 4\n", "unknown key encode"),
        ("seed = 1\nseed = 2\n", ":2: this is no TOML"),
        ("x = " + "[" * 5000, "this is no TOML"),
    ],
)
def test_bad_configuration_file_is_told_with_its_line(data: Path, text: str, message: str) -> None:
    (data / "c.toml").write_text(text)
    outcome = call("train", data / "c.toml", "--train", data / "good.conll", "-o", data / "run")
    assert outcome.error.startswith(str(data / "c.toml"))
    assert message in outcome.error
    assert not (data / "run").exists()


def test_configuration_file_that_cannot_be_read_is_told(data: Path) -> None:
    for name, message in ((".", "this is a folder"), ("none.toml", "no such file or folder")):
        outcome = call("train", data / name, "-o", data / "run")
        assert outcome.error.startswith(f"{data / name}: ")
        assert message in outcome.error


def test_output_that_exists_is_told_and_kept(data: Path, ner_run: Path) -> None:
    run = Path(shutil.copytree(ner_run, data / "run"))
    outcome = train(run, "--train", data / "good.conll")
    assert outcome.error.startswith(f"{run}: this run exists: ")
    for words in ([], ["--force"], ["--resume"]):
        assert "holds no run" in train(data, "--train", data / "good.conll", *words).error
        outcome = train(data / "good.conll", "--train", data / "good.conll", *words)
        assert "this is a file" in outcome.error
    assert contents(run) == contents(ner_run)


def test_failing_force_keeps_the_older_run(data: Path, ner_run: Path) -> None:
    run = Path(shutil.copytree(ner_run, data / "run"))
    (data / "bad.conll").write_text("a\tO\n\nb\n")
    good = ["--train", data / "good.conll", "--force"]
    for words in (
        ["--train", data / "bad.conll", "--force"],
        [*good, "--test", data / "bad.conll"],
        [*good, "--dev", data / "none.conll", "--seeds", "1,2"],
        [*good, "--init", data / "nowhere"],
        [*good, "--columns", "tag=8"],
        [*good, "--device", "nonsense", "--seeds", "3"],
    ):
        assert train(run, *words).error
        assert contents(run) == contents(ner_run)


def test_resume_with_other_options_names_the_key(data: Path) -> None:
    words = ["--train", data / "good.conll"]
    assert train(data / "run", *words).status == 0
    outcome = train(data / "run", *words, "--resume", seed=2)
    assert outcome.error.startswith(f"{data / 'run' / 'config.toml'}: seed was 1")


def test_resume_of_a_complete_run_tells_its_scores_again(data: Path) -> None:
    first = train(data / "run", "--train", data / "good.conll")
    before = contents(data / "run")
    again = call("train", "-o", data / "run", "--resume")
    assert (again.status, again.out) == (0, first.out)
    assert "is complete, there is nothing to resume" in again.err
    assert contents(data / "run") == before


# Interruption


def signal_at(monkeypatch: pytest.MonkeyPatch, *steps: int, number: int) -> None:
    """Send this process a signal behind some steps of its training."""
    show = train_command._Bar.show
    shown = 0

    def show_and_signal(self: train_command._Bar, progress: Progress) -> None:
        nonlocal shown
        show(self, progress)
        shown += 1
        if shown in steps:
            signal.raise_signal(number)

    monkeypatch.setattr(train_command._Bar, "show", show_and_signal)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_training_saves_the_best_model(
    data: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    former = signal.getsignal(number)
    signal_at(monkeypatch, 2, number=number)
    outcome = train(data / "run", "--train", data / "good.conll")
    assert outcome.status == 128 + number
    assert outcome.out == ""
    assert outcome.err.splitlines()[-1] == (
        f"stopped after 0 epochs; a hardly trained model is in {data / 'run' / 'model'}, "
        "continue with --resume"
    )
    assert seqtag.load(data / "run").tag(["Lake"]).tags
    assert signal.getsignal(number) == former


def test_interruption_tells_of_a_teacher(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signal_at(monkeypatch, 2, number=signal.SIGINT)
    outcome = train(
        data / "run", "--train", data / "good.conll", "--set", "distillation.teachers=2"
    )
    assert outcome.status == 130
    assert "stopped in teacher 1 of 2 after 0 epochs; a hardly" in outcome.err.splitlines()[-1]


def test_interruption_names_the_model_of_the_seed(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal_at(monkeypatch, 2, number=signal.SIGINT)
    outcome = train(data / "run", "--train", data / "good.conll", "--seeds", "7,8")
    assert outcome.status == 130
    assert str(data / "run" / "seed-7" / "model") in outcome.err


def test_second_interruption_ends_at_once(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    signal_at(monkeypatch, 2, number=signal.SIGINT)
    monkeypatch.setattr(train_command._Stop, "asked", lambda _: signal.raise_signal(signal.SIGINT))
    outcome = train(data / "run", "--train", data / "good.conll")
    assert outcome.status == 130
    assert outcome.err.splitlines()[-1] == "interrupted"
    assert not (data / "run" / "model").exists()


SLOW = {**TINY, "training.epochs": 10, "training.checkpoint_seconds": 0}


@pytest.fixture(scope="module")
def whole(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[object], Path]:
    """Return the words of a command that trains for a second, and the run that it makes."""
    folder = tmp_path_factory.mktemp("whole")
    run = folder / "run"
    (folder / "train.conll").write_text(first_sentences(corpus / "train.conll", 40), "utf-8")
    files = ["--train", folder / "train.conll", "--dev", corpus / "dev.conll"]
    words = ["train", *files, *set_options(SLOW)]
    assert call(*words, "-o", run).status == 0
    return words, run


def wait_for_epochs(run: Path, epochs: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until some epochs of a run are over, or all of it is."""
    history = run / "history.jsonl"
    while process.poll() is None:
        if history.exists() and history.read_bytes().count(b"\n") >= epochs:
            return
        time.sleep(0.002)


@pytest.mark.slow
def test_interrupted_program_goes_on_to_the_same_end(
    whole: tuple[list[object], Path], tmp_path: Path
) -> None:
    words, expected = whole
    run = tmp_path / "run"
    process = start_program(*words, "-o", run, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for_epochs(run, 3, process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    assert seqtag.load(run).tag(["Lake", "Ossel"]).tags
    assert call("train", "-o", run, "--resume").status == 0
    assert_same_run(run, expected)


@pytest.mark.slow
@pytest.mark.parametrize("moment", [0.8, 1.2])
def test_interruption_before_the_first_step_is_quiet(
    whole: tuple[list[object], Path], tmp_path: Path, moment: float
) -> None:
    words, _ = whole
    for_long = ["--set", "training.epochs=9999", "training.patience=9999"]
    process = start_program(*words, "-o", tmp_path / "run", *for_long, stderr=subprocess.PIPE)
    time.sleep(moment)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err


@pytest.mark.slow
def test_killed_program_goes_on_to_the_same_end(
    whole: tuple[list[object], Path], tmp_path: Path
) -> None:
    """Killed three times, at moments that nobody chose, and resumed each time."""
    words, expected = whole
    run = tmp_path / "run"
    for epochs in (1, 4, 7):
        process = start_program(*words, "-o", run, "--resume", stderr=subprocess.DEVNULL)
        wait_for_epochs(run, epochs, process)
        time.sleep(random.uniform(0, 0.05))
        process.kill()
        process.wait()
    assert call(*words, "-o", run, "--resume").status == 0
    assert_same_run(run, expected)
    assert not list(run.glob(".*"))
