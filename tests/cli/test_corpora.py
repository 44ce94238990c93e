from __future__ import annotations

import hashlib
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest

from seqtag.api.corpora import list_corpora, readable_size
from seqtag.cli.main import make_parser
from seqtag.io import recipes
from seqtag.io.corpora import CACHE, MIRROR
from seqtag.io.recipes import read_recipe
from tests.helpers import ENVIRONMENT, ROOT, SAMPLES, call, first_sentences, start_program
from tests.web import Request, Web


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a mirror that has nothing, so that no test asks the network."""
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    monkeypatch.setenv(MIRROR, str(tmp_path / "mirror"))
    return tmp_path / "cache"


def test_list_is_a_table() -> None:
    outcome = call("corpora", "list")
    assert (outcome.status, outcome.err) == (0, "")
    header, *rows = outcome.out.splitlines()
    assert header.split() == ["name", "task", "language", "size", "licence"]
    assert [row.split()[0] for row in rows] == [corpus.name for corpus in list_corpora()]
    (row,) = [row for row in rows if row.startswith("multi30k-en-de ")]
    cells = ["multi30k-en-de", "translate", "en, de", "4.2 MB", "not stated; non-commercial"]
    assert re.split(" {2,}", row) == cells


def test_one_corpus_is_told_in_full() -> None:
    outcome = call("corpora", "list", "ud-en-ewt")
    recipe = read_recipe("ud-en-ewt")
    assert (outcome.status, outcome.err) == (0, "")
    for fact in (recipe.licence_address, recipe.homepage, recipe.citation, recipe.note):
        assert fact in outcome.out
    for file in recipe.files:
        assert f"{file.part}: {file.name}, {file.size:,} bytes" in outcome.out
        assert file.sha256 in outcome.out
        assert all(address in outcome.out for address in file.addresses)
    assert "data.columns=token=FORM,tag=UPOS" in outcome.out
    assert outcome.out.endswith("seqtag train --train corpus:ud-en-ewt -o runs/ud-en-ewt\n")


def test_corpus_of_no_task_has_no_command() -> None:
    assert call("corpora", "list", "cmudict").out.endswith("does not train on this corpus yet\n")


@pytest.mark.parametrize("action", ["list", "get"])
def test_unknown_corpus_is_refused(action: str) -> None:
    outcome = call("corpora", action, "wnut-17")
    assert outcome.error == "there is no corpus 'wnut-17': did you mean wnut17?"
    assert outcome.out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [([], "required: list|get"), (["get"], "required: NAME"), (["put"], "invalid choice: 'put'")],
)
def test_wrong_arguments(words: list[str], message: str) -> None:
    assert message in call("corpora", *words).error


def test_mirror_without_the_corpus_is_told(cache: Path, tmp_path: Path) -> None:
    outcome = call("corpora", "get", "wnut17")
    assert str(tmp_path / "mirror" / "wnut17" / "train.conll") in outcome.error
    assert "no such file or folder" in outcome.error
    assert list(cache.rglob("*")) == [cache / "wnut17"]


def test_licence_is_told_before_anything_is_fetched() -> None:
    outcome = call("corpora", "get", "multi30k-en-de")
    assert outcome.err.splitlines()[0].endswith("; licence: not stated; non-commercial")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A corpus in the mirror, the only one that there is; its files."""
    files = [f"{part}.conll" for part in ("train", "dev", "test")]
    lines = ['title = "Tiny"', 'task = "tag"', 'language = "en"', 'licence = "CC BY-NC-SA 4.0"']
    lines += ["non_commercial = true", 'homepage = "https://example.org/"', 'citation = "Nobody"']
    lines += ["[run.data]", 'columns = "token=0,tag=1"', 'comment = "# "']
    (tmp_path / "mirror" / "tiny").mkdir(parents=True)
    for file in files:
        data = first_sentences(SAMPLES / "ner" / file, 20).encode()
        (tmp_path / "mirror" / "tiny" / file).write_bytes(data)
        lines += ["[[files]]", f'part = "{file.removesuffix(".conll")}"', f'name = "{file}"']
        lines += [f"size = {len(data)}", f'sha256 = "{hashlib.sha256(data).hexdigest()}"']
        lines += [f'addresses = ["https://example.org/{file}"]']
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "tiny.toml").write_text("\n".join(lines))
    monkeypatch.setattr(recipes, "_folder", lambda: tmp_path / "recipes")
    return files


def test_corpus_is_fetched(tiny: list[str], cache: Path) -> None:
    outcome = call("corpora", "get", "tiny")
    *paths, command = outcome.out.splitlines()
    assert outcome.status == 0
    assert outcome.err == "Tiny; licence: CC BY-NC-SA 4.0; non-commercial\n"
    assert paths == [str(cache / "tiny" / file) for file in tiny]
    assert all(Path(path).is_file() for path in paths)
    assert command == "train on it: seqtag train --train corpus:tiny -o runs/tiny"
    assert call("corpora", "get", "tiny") == outcome


def test_corpus_is_fetched_into_a_folder(tiny: list[str], cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    *paths, command = call("corpora", "get", "tiny", "-o", folder).out.splitlines()
    assert paths == [str(folder / file) for file in tiny]
    assert not cache.exists()
    words = shlex.split(command.removeprefix("train on it: "))
    assert words == [
        *("seqtag", "train", "--train", paths[0], "--dev", paths[1], "--test", paths[2]),
        *("--columns", "token=0,tag=1", "--set", "data.comment=# ", "-o", "runs/tiny"),
    ]
    make_parser().parse_args(words[1:])


def test_interruption_leaves_no_temporary_file(
    web: Web, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = read_recipe("airline-passengers").size

    def stall(request: Request) -> None:
        request.send(b"x" * 1000, length=size)
        request.stopped.wait(60)

    web.serve("/airline-passengers/airline-passengers.csv", stall)
    # The environment of started programs is a copy made when the tests began.
    environment = {**ENVIRONMENT, CACHE: str(cache), MIRROR: web.address}
    monkeypatch.setattr("tests.helpers.ENVIRONMENT", environment)
    program = start_program(
        *("corpora", "get", "airline-passengers"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 120
    while not web.log and program.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)  # for the first bytes to arrive
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=120)
    assert (program.returncode, out) == (130, b"")
    assert err.splitlines()[-1] == b"interrupted"
    left = [path.name for path in (cache / "airline-passengers").iterdir()]
    assert left in (["airline-passengers.csv.part"], [])  # the latter on a very busy machine


def test_table_of_the_readme_is_that_of_the_recipes() -> None:
    """What it must be stands in the message when this fails."""
    lines = ["| Name | What | Task | Language | Size | Licence |", "|---|---|---|---|---|---|"]
    for corpus in list_corpora():
        name = f"[`{corpus.name}`]({corpus.homepage})"
        cells = [name, corpus.title, corpus.task, corpus.language, readable_size(corpus.size)]
        lines.append(f"| {' | '.join([*cells, corpus.terms])} |")
    table = "\n".join(lines)
    assert table in (ROOT / "corpora" / "README.md").read_text("utf-8"), table
