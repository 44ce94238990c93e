"""Arguments, errors and the ends of the program, whatever the command."""

from __future__ import annotations

import argparse
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seqtag.cli import info as info_command
from seqtag.cli.main import main, make_parser
from seqtag.config import all_keys
from tests.helpers import ENVIRONMENT, ROOT, call, run_program, start_program

FULL = Path("/dev/full")
needs_full_device = pytest.mark.skipif(not FULL.exists(), reason="the system has no /dev/full")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: COMMAND"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["train"], "required: -o/--output"),
        (["train", "-o", "x", "--threads", "many"], "invalid int value: 'many'"),
        (["train", "-o", "x", "--nonsense"], "unrecognized arguments: --nonsense"),
        (["evaluate", "x"], "required: FILE"),
        (["tag"], "required: RUN"),
        (["tag", "x", "y", "z"], "unrecognized arguments: z"),
        (["tag", "x", "--input", "xml"], "invalid choice: 'xml'"),
        (["tag", "x", "--output", "xml"], "invalid choice: 'xml'"),
        (["tag", "x", "--nbest", "0"], "'0' is no number of 1 or more"),
        (["tag", "x", "--nbest", "-1"], "--nbest"),
        (["tag", "x", "--nbest", "9" * 5000], "--nbest"),
        (["info"], "required: RUN"),
    ],
)
def test_wrong_arguments_are_told_in_one_line(arguments: list[str], message: str) -> None:
    outcome = call(*arguments)
    assert message in outcome.error
    assert "--help`" in outcome.error
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""


@pytest.mark.parametrize("command", ["train", "evaluate", "tag", "info"])
def test_every_command_explains_itself(command: str) -> None:
    outcome = call(command, "--help")
    assert outcome.status == 0
    assert outcome.out.startswith(f"usage: seqtag {command}")
    assert outcome.err == ""


def test_help_of_train_lists_every_key() -> None:
    text = call("train", "--help").out
    for key, field in all_keys().items():
        assert f"  {key}=" in text
        assert field.metadata["meaning"] in text
    assert "encoder.cell=lstm  recurrent cell (lstm, gru, rnn" in text
    assert "softmax; auto: CRF for spans (auto, true, false)\n" in text


def test_every_command_has_its_module() -> None:
    action = next(a for a in make_parser()._actions if isinstance(a, argparse._SubParsersAction))
    for name in action.choices:
        assert (Path(main.__code__.co_filename).parent / f"{name}.py").is_file()


@pytest.mark.parametrize("command", ["evaluate", "tag", "info"])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no such run or model"),
        (lambda path: path.mkdir(), "neither a run's nor a model's folder"),
        (lambda path: path.write_text("a"), "neither a run's nor a model's folder"),
    ],
    ids=["nothing", "a folder of nothing", "a file"],
)
def test_path_without_a_model_is_told(
    tmp_path: Path, command: str, make: object, message: str
) -> None:
    make(tmp_path / "run")  # type: ignore[operator]
    rest = ["file.conll"] if command == "evaluate" else []
    outcome = call(command, tmp_path / "run", *rest)
    assert outcome.error == f"{tmp_path / 'run'}: {outcome.error.partition(': ')[2]}"
    assert message in outcome.error


def test_line_breaks_in_a_message_do_not_break_its_line(tmp_path: Path) -> None:
    outcome = call("info", tmp_path / "a\nb")
    assert outcome.err.count("\n") == 1
    assert "a b" in outcome.error


def test_defect_shows_where_it_is(monkeypatch: pytest.MonkeyPatch, ner_run: Path) -> None:
    """What is not the user's fault must neither look so nor be hidden."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(info_command, "read_card", broken)
    with pytest.raises(ZeroDivisionError):
        call("info", ner_run)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "-o", "OUT"], "`seqtag train` needs the "),
        (["export", "RUN"], "safetensors library, which reads weights, is not installed"),
        (["export", "RUN", "--int8"], "pip install safetensors"),
        (["tag", "RUN"], "pip install torch, or take engine onnx"),
        (["info", "RUN"], ""),
    ],
)
def test_missing_library_is_told_in_a_line(
    ner_run: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    """Where models are only served, the libraries of training are not there."""
    paths = {"RUN": str(ner_run), "OUT": str(tmp_path / "out")}
    words = [paths.get(word, word) for word in arguments]
    code = f"""
import importlib.abc, sys
allowed = {{"numpy", "onnxruntime", "flatbuffers", "packaging", "google", "seqtag"}}
class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        top = name.partition(".")[0]
        if top not in allowed and top not in sys.stdlib_module_names:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
from seqtag.cli.main import main
sys.exit(main({words!r}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, cwd=ROOT
    )
    if not message:
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == call(*words).out
        return
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_module_that_is_missing_by_a_defect_is_not_hidden(
    monkeypatch: pytest.MonkeyPatch, ner_run: Path
) -> None:
    def fail(_: object) -> int:
        raise ModuleNotFoundError("No module named 'seqtag.nothing'", name="seqtag.nothing")

    monkeypatch.setattr(info_command, "run", fail)
    with pytest.raises(ModuleNotFoundError):
        main(["info", str(ner_run)])


def test_encoding_that_lacks_a_character_gets_an_escape(ner_run: Path, corpus: Path) -> None:
    words = [sys.executable, "-m", "seqtag", "evaluate", str(ner_run), str(corpus / "dev.conll")]
    environment = {**ENVIRONMENT, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(words, capture_output=True, env=environment, check=True)
    assert b"\\xb7" in done.stdout


@needs_full_device
@pytest.mark.parametrize("command", ["info", "evaluate", "tag"])
def test_full_disk_behind_standard_output(ner_run: Path, corpus: Path, command: str) -> None:
    words = [command, ner_run, *([corpus / "test.conll"] if command != "info" else [])]
    with FULL.open("wb") as full:
        done = start_program(*words, stdout=full, stderr=subprocess.PIPE)
        _, err = done.communicate(timeout=60)
    assert done.returncode == 2
    lines = err.decode().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: <stdout>: cannot be written: No space left")


@needs_full_device
def test_full_disk_while_input_is_awaited(ner_run: Path) -> None:
    """The thread that waits for input must not keep the program from its end, or crash it."""
    with FULL.open("wb") as full:
        done = start_program(
            "tag", ner_run, stdin=subprocess.PIPE, stdout=full, stderr=subprocess.PIPE
        )
        assert done.stdin is not None
        assert done.stderr is not None
        done.stdin.write(b"Lake\n\n")
        done.stdin.flush()
        assert done.wait(timeout=60) == 2
        lines = done.stderr.read().decode().splitlines()
        done.stdin.close()
        done.stderr.close()
    assert len(lines) == 1
    assert lines[0].startswith("error: <stdout>: ")


@pytest.mark.parametrize("command", ["info", "tag"])
def test_reader_that_has_seen_enough_is_no_error(
    ner_run: Path, corpus: Path, command: str, tmp_path: Path
) -> None:
    text = (corpus / "train.conll").read_bytes()
    (tmp_path / "long.conll").write_bytes(text * 20)
    words = [command, ner_run, *([tmp_path / "long.conll"] if command == "tag" else [])]
    done = start_program(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.stdout is not None
    assert done.stderr is not None
    done.stdout.read(1)
    done.stdout.close()
    err = done.stderr.read()
    done.stderr.close()
    assert (done.wait(timeout=60), err) == (0, b"")


def test_closed_standard_streams_are_told(ner_run: Path) -> None:
    for redirection, message in ((">&-", "<stdout>: it is closed"), ("<&-", "<stdin>")):
        line = f'"{sys.executable}" -m seqtag tag "{ner_run}" {redirection}'
        done = subprocess.run(["sh", "-c", line], capture_output=True, env=ENVIRONMENT, check=False)
        assert done.returncode == 2
        assert done.stderr.decode().startswith(f"error: {message}")
        assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("moment", [0.8, 1.3, None])
def test_interruption_is_quiet(ner_run: Path, moment: float | None) -> None:
    """At any moment, the import of torch included; None: while it waits for input."""
    done = start_program(
        *("tag", ner_run),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.stdin is not None
    assert done.stdout is not None
    if moment is None:
        done.stdin.write(b"Lake\n\n")
        done.stdin.flush()
        assert done.stdout.readline().startswith(b"Lake\t")
    else:
        time.sleep(moment)  # Python has started by then, and torch is most likely being imported
    done.send_signal(signal.SIGINT)
    _, err = done.communicate(timeout=60)
    assert done.returncode == 130
    assert err == b"interrupted\n"


def test_module_is_the_program(ner_run: Path) -> None:
    first, second = call("info", ner_run), run_program("info", ner_run)
    assert first == second
    assert first.status == 0


def test_program_runs_on_a_copy_of_the_model_alone(ner_run: Path, tmp_path: Path) -> None:
    shutil.copytree(ner_run / "model", tmp_path / "handed-on")
    words = ["tag", tmp_path / "handed-on", "-", "--input", "tokens"]
    assert call(*words, stdin=b"Lake Ossel").out.startswith("Lake\t")


def test_stream_that_is_no_file_is_left_as_it_is(
    ner_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert main(["info", os.fspath(ner_run)]) == 0
