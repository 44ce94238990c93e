from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seqtag.api.lint import lint
from seqtag.cli import lint as lint_command
from tests.helpers import ENVIRONMENT, SAMPLES, call, run_program

NER = SAMPLES / "ner"


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.conll"
    path.write_text("a\tB-X\nb\u200b\tO\n\n" * 30 + "a\tO\nb\tI-X\nc\n", "utf-8")
    return path


def test_clean_files_end_with_status_0() -> None:
    outcome = call("lint", "--train", NER / "train.conll", "--dev", NER / "dev.conll")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.endswith("\n\nno problems\n")
    assert "2,000" in outcome.out


def test_problems_are_listed_by_line_and_end_with_status_2(bad: Path) -> None:
    outcome = call("lint", bad)
    assert (outcome.status, outcome.err) == (2, "")
    listed = [line for line in outcome.out.splitlines() if line.startswith(f"{bad}:")]
    assert listed == [
        *(
            f"{bad}:{line}: the token 'b\\u200b' holds U+200B ZERO WIDTH SPACE"
            for line in range(2, 60, 3)
        ),
        f"{bad}:92: 'I-X' cannot follow 'O' in the scheme bio",
        f"{bad}:93: the line has 1 column, others have 2",
        f"{bad}: ... and 10 more: characters; --all lists them",
    ]
    assert outcome.out.splitlines()[-1] == "32 problems: 30 characters, 1 columns, 1 transition"
    everything = call("lint", "--all", bad)
    assert (everything.status, everything.out.count("U+200B")) == (2, 30)


def test_json_holds_the_report(bad: Path) -> None:
    outcome = call("lint", "--json", "--train", bad, "--test", bad)
    assert outcome.status == 2
    found = json.loads(outcome.out)
    report = lint(train=bad, test=bad)
    assert found["counts"] == report.counts
    assert len(found["problems"]) == len(report.problems)
    assert found["problems"][0] == {
        "path": os.fspath(bad),
        "line": 2,
        "kind": "characters",
        "message": "the token 'b\\u200b' holds U+200B ZERO WIDTH SPACE",
    }
    assert [file["part"] for file in found["files"]] == ["train", "test"]
    assert found["files"][0]["tags"][0]["spans"] == {"X": 31}
    assert found["files"][1]["overlap"] == {"sentences": 0, "of": 0, "unseen_tokens": 0}
    clean = call("lint", "--json", NER / "dev.conll")
    assert clean.status == 0
    assert json.loads(clean.out)["counts"] == {}


def test_files_and_options_come_in_any_order(bad: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.conll"
    other.write_text("d O\n", "utf-8")
    given = [bad, other, NER / "dev.conll"]
    outcome = call("lint", given[0], "--columns", "tag=1", given[1], "--json", given[2])
    found = json.loads(outcome.out)["files"]
    assert [file["path"] for file in found] == [os.fspath(path) for path in given]
    assert "unrecognized arguments: --nonsense" in call("lint", bad, "--nonsense", other).error


def test_standard_input_is_read_where_no_file_is_named(bad: Path) -> None:
    content = bad.read_bytes()
    for words in (["lint"], ["lint", "-"], ["lint", "--train", "-"]):
        outcome = call(*words, stdin=content)
        assert outcome.status == 2
        assert "<stdin>:92: 'I-X' cannot follow 'O'" in outcome.out
    conllu = (SAMPLES / "pos" / "dev.conllu").read_bytes()
    outcome = call("lint", "--input", "conllu", "--columns", "tag=UPOS+XPOS", stdin=conllu)
    assert outcome.status == 0
    assert "tags in XPOS" in outcome.out


def test_comments_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    path.write_text("# a b c\na O\n", "utf-8")
    assert call("lint", path).status == 2
    assert call("lint", path, "--comment=#").status == 0


@pytest.mark.parametrize(
    ("words", "stdin", "message"),
    [
        (["nothing"], b"", "nothing: cannot be read: no such file"),
        (["--task", "tag", "."], b"", ".: cannot be read: this is a folder"),
        (["-"], b"", "<stdin>: holds no sentence"),
        (["-"], b"a\n", "<stdin>:1: there is no tag column"),
        (["-", "--columns", "tag=4"], b"a\tO\n", "<stdin>:1: there is no tag column 4"),
        (["-", "--columns", "tag"], b"a\tO\n", "columns 'tag'"),
        (["-", "--train", "-"], b"a\tO\n", "standard input can be read once only"),
        (["-", "--input", "conllu"], b"a\tO\n", "<stdin>:1: no row can be read"),
    ],
)
def test_wrong_use_is_told_in_one_line(words: list[str], stdin: bytes, message: str) -> None:
    outcome = call("lint", *words, stdin=stdin)
    assert outcome.error.startswith(message)
    assert outcome.out == ""


def test_it_explains_itself() -> None:
    outcome = call("lint", "--help")
    assert outcome.status == 0
    assert outcome.out.startswith("usage: seqtag lint")


def test_program_says_nothing_on_standard_error_but_on_a_terminal(bad: Path) -> None:
    outcome = run_program("lint", bad)
    assert (outcome.status, outcome.err) == (2, "")


def test_progress_is_shown_on_a_terminal_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with lint_command._progress() as show:
        show(10**6)
        assert terminal.getvalue() == ""
        time.sleep(1.1)
        show(10**6)
        assert "2.00MB" in terminal.getvalue()


def test_neither_torch_nor_spacy_is_loaded() -> None:
    code = (
        "import sys\nfrom seqtag.cli.main import main\n"
        f"main(['lint', {os.fspath(NER / 'dev.conll')!r}])\n"
        "print('LOADED', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=True
    )
    loaded = done.stdout.partition("LOADED")[2].split()
    assert "seqtag.io.lint.file" in loaded
    assert not {"torch", "spacy", "seqeval"} & set(loaded)


def test_labelled_texts_are_looked_at_where_the_task_or_the_name_says_so(tmp_path: Path) -> None:
    tsv = SAMPLES / "sentiment" / "dev.tsv"
    for words in (["--task", "classify", tsv], ["--input", "tsv", tsv]):
        outcome = call("lint", *words)
        assert (outcome.status, outcome.err) == (0, "")
        assert "positive" in outcome.out
        assert outcome.out.endswith("\n\nno problems\n")
    path = tmp_path / "x.csv"
    path.write_text('review,stars\n"so, so",good\nfine film indeed,\nbad film,bad\n' * 2, "utf-8")
    outcome = call("lint", path, "--columns", "text=review,label=stars", "--json")
    found = json.loads(outcome.out)
    assert outcome.status == 2
    assert found["files"][0]["labels"][0] == {"label": "good", "count": 2, "line": 2}
    assert [(problem["line"], problem["kind"]) for problem in found["problems"]] == [
        (3, "empty"),
        (5, "rare-label"),
        (7, "empty"),
    ]
    outcome = call("lint", path, "--header", "no")
    assert f"{path}:3: the text has no label" in outcome.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x.csv", "--input", "conll", "--task", "classify"], "files in the format conll hold no"),
        (["x.csv", "--task", "tag", "--input", "csv"], "files in the format csv hold labelled"),
        (["--task", "classify", "nothing"], "nothing: cannot be read: no such file"),
        (["--task", "classify", "-"], "<stdin>: holds no text"),
        (["--task", "classify", "--columns", "token=0", "-"], "columns 'token=0': unknown role"),
    ],
)
def test_wrong_use_with_labelled_texts_is_told_in_one_line(words: list[str], message: str) -> None:
    outcome = call("lint", *words)
    assert outcome.error.startswith(message)
    assert outcome.out == ""


def test_parallel_text_is_looked_at_where_the_task_or_the_sides_are_given(tmp_path: Path) -> None:
    sample = SAMPLES / "parallel" / "dev"
    sides = ["--source", "en", "--target", "zq"]
    outcome = call("lint", "--task", "translate", "--train", sample, *sides)
    assert (outcome.status, outcome.err) == (0, "")
    assert "train source (en)" in outcome.out
    assert outcome.out.endswith("\n\nno problems\n")
    assert call("lint", sample, *sides).status == 0
    for ending, text in (("en", "a dog\na cat\na pig\n"), ("de", "ein Hund\n\n")):
        (tmp_path / f"x.{ending}").write_text(text, "utf-8")
    sides[3] = "de"
    outcome = call("lint", tmp_path / "x", *sides)
    assert outcome.status == 2
    assert f"\n{tmp_path / 'x.de'}:2: the target is empty" in outcome.out
    assert outcome.out.endswith("\n2 problems: 1 line-counts, 1 empty\n")
    found = json.loads(call("lint", tmp_path / "x", *sides, "--json").out)
    assert found["counts"] == {"empty": 1, "line-counts": 1}
    assert found["files"][0]["source"]["tokens"] == 4
    piped = call("lint", "--task", "translate", stdin=b"a dog\tein Hund\n\tx\n")
    assert (piped.status, "<stdin>:2: the source is empty" in piped.out) == (2, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--task", "translate", "x"], "x: two files hold parallel text"),
        (["--source", "en", "--target", "en", "x"], "source and target are both the ending 'en'"),
        (["--task", "tag", "--source", "en", "x"], "source and target are those of parallel text"),
        (["--task", "translate", "-"], "<stdin>: holds no pair"),
        (["--source", "en", "--target", "de", "nothing"], "nothing.en: cannot be read: no such"),
    ],
)
def test_wrong_use_with_parallel_text_is_told_in_one_line(words: list[str], message: str) -> None:
    outcome = call("lint", *words)
    assert outcome.error.startswith(message)
    assert outcome.out == ""
