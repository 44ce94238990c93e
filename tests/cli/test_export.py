from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

from tests.helpers import call

TEXT = b"Ada Lovelace lived near Lake Ossel .\n"


@pytest.fixture
def run(ner_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ner_run, tmp_path / "run"))


@pytest.mark.parametrize(("options", "name"), [([], "model.onnx"), (["--int8"], "model.int8.onnx")])
def test_export_prints_file_and_size(run: Path, options: list[str], name: str) -> None:
    done = call("export", run, *options)
    path = run / "model" / name
    assert done.status == 0
    assert done.out == f"{path}  {path.stat().st_size / 1e6:.1f} MB\n"
    assert done.err == ""


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_exported_model_tags_and_is_evaluated(run: Path, corpus: Path, precision: str) -> None:
    call("export", run, "--format", "onnx", *(["--int8"] if precision == "int8" else []))
    options = ["--engine", "onnx", "--precision", precision]
    tagged = call("tag", run, "--input", "tokens", *options, stdin=TEXT)
    assert tagged.status == 0
    plain = call("tag", run, "--input", "tokens", stdin=TEXT)
    if precision == "fp32":
        assert tagged.out == plain.out
    assert len(tagged.out.splitlines()) == len(plain.out.splitlines())
    found, wanted = (
        json.loads(call("evaluate", run, corpus / "test.conll", "--json", *words).out)["f1"]
        for words in (options, [])
    )
    assert found == pytest.approx(wanted, abs=0.05)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["export", "RUN", "--format", "torch"], "format 'torch' is unknown: give onnx"),
        (["export", "nothing", "--format", "onnx"], "there is no such run"),
        (["tag", "RUN", "--engine", "onnx"], "make it: `seqtag export /"),
        (["tag", "RUN", "--engine", "jax"], "engine is 'jax': give one of torch, onnx"),
        (["tag", "RUN", "--precision", "int8"], "engine torch cannot compute: give engine onnx"),
        (["tag", "RUN", "--engine", "onnx", "--precision", "int4"], "give one of fp32, int8"),
    ],
)
def test_wrong_use_is_told_in_a_line(run: Path, arguments: list[str], message: str) -> None:
    words = [str(run) if word == "RUN" else word for word in arguments]
    assert message in call(*words, stdin=TEXT).error


def test_command_in_advice_works_as_it_stands(run: Path) -> None:
    folder = run.rename(run.with_name("my run"))
    error = call("tag", folder, "--engine", "onnx", stdin=TEXT).error
    command = error[error.index("`seqtag export") + 1 : error.rindex("`")]
    assert call(*shlex.split(command)[1:]).status == 0
    assert call("tag", folder, "--engine", "onnx", "--input", "tokens", stdin=TEXT).status == 0
