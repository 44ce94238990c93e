"""Every command and every piece of Python in the documentation runs."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "corpora" / "samples"
PAGES = ["README.md", "docs/guide.md", "docs/leaving-torchtext.md"]

CORPORA = os.environ.get("SEQTAG_CORPORA", "")

HAS_TORCHTEXT = importlib.util.find_spec("torchtext") is not None
"""Whether blocks that need it are run; it is installed in an environment of its own."""

# What sets up an environment is run by whoever runs these tests, not by them.
NOT_RUN_HERE = {"pip install .", "scripts/quickstart", "scripts/test"}

REVIEWS = """id,review,stars
1,"Good, but too long",4
2,A gripping film,5
3,"It says ""never again"" ",1
4,A dull film,1
5,"Worth it,
every minute",5
6,Nice to look at,4
"""

_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _blocks(page: str) -> list[tuple[str, str]]:
    """Return the language and the text of each block of code on a page."""
    return [match.groups() for match in _BLOCK.finditer((ROOT / page).read_text("utf-8"))]  # type: ignore[misc]  # two groups make pairs


def _runnable(text: str) -> str:
    """Return a block without the commands that cannot be run here."""
    lines = [
        line
        for line in text.splitlines()
        if line.partition("#")[0].strip() not in NOT_RUN_HERE
        and (CORPORA or not re.search(r"corpus:|corpora get", line))
    ]
    return "\n".join(lines)


def _head(source: Path, target: Path, sentences: int) -> None:
    """Copy the first sentences of a file."""
    text = source.read_text(encoding="utf-8")
    target.write_text("\n\n".join(text.split("\n\n")[:sentences]) + "\n\n", encoding="utf-8")


def _pairs(part: str, count: int) -> dict[str, list[str]]:
    """Return the first pairs of the sample by the endings that the documentation gives them."""
    return {
        ending: (SAMPLES / "parallel" / f"{part}.{side}").read_text("utf-8").splitlines()[:count]
        for ending, side in (("en", "en"), ("de", "zq"))
    }


def _write_pairs(folder: Path) -> None:
    for part, count in (("train", 60), ("dev", 10), ("test", 10)):
        for ending, lines in _pairs(part, count).items():
            (folder / f"{part}.{ending}").write_text("\n".join(lines) + "\n", "utf-8")
    rows = zip(*_pairs("train", 40).values(), strict=True)
    lines = ["english\tgerman", *map("\t".join, rows)]
    (folder / "pairs.tsv").write_text("\n".join(lines) + "\n", "utf-8")


def _write_texts(folder: Path) -> None:
    """Write plain text as files and as a folder, and beginnings of texts."""
    for part, name, count in (("train", "text", 10), ("dev", "dev", 5), ("test", "test", 5)):
        lines = (SAMPLES / "text" / f"{part}.txt").read_text("utf-8").splitlines(True)
        (folder / f"{name}.txt").write_text("".join(lines[:count]), "utf-8")
        if part == "train":
            (folder / "stories").mkdir()
            for number in range(3):
                story = "".join(lines[10 + 4 * number : 14 + 4 * number])
                (folder / "stories" / f"{number}.txt").write_text(story, "utf-8")
    (folder / "prompts.txt").write_text("The mayor\nA king \n", "utf-8")


def _write_documents(folder: Path) -> None:
    """Write the sentences of the CoNLL files as spaCy's documents."""
    from spacy.tokens import Doc, DocBin
    from spacy.vocab import Vocab

    vocab = Vocab()
    for part in ("train", "dev"):
        docs = []
        for sentence in (folder / f"{part}.conll").read_text("utf-8").strip().split("\n\n"):
            rows = [line.split() for line in sentence.splitlines() if not line.startswith("-DOC")]
            if rows:
                words, tags = zip(*((row[0], row[-1]) for row in rows), strict=True)
                docs.append(Doc(vocab, list(words), ents=list(tags)))
        DocBin(docs=docs).to_disk(folder / f"{part}.spacy")


def _dictionary() -> str:
    """Return a pronouncing dictionary of words that are spoken as they are written."""
    words = re.findall("[a-z]+", (SAMPLES / "parallel" / "train.en").read_text("utf-8"))
    return "".join(f"{word} {' '.join(word.upper())}\n" for word in [*dict.fromkeys(words)][:200])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the documentation speaks of."""
    for part, sentences in (("train", 80), ("dev", 20), ("test", 20)):
        _head(SAMPLES / "ner" / f"{part}.conll", tmp_path / f"{part}.conll", sentences)
        _head(SAMPLES / "pos" / f"{part}.conllu", tmp_path / f"{part}.conllu", sentences)
    for part, texts in (("train", 300), ("dev", 60), ("test", 60)):
        lines = (SAMPLES / "sentiment" / f"{part}.tsv").read_text("utf-8").splitlines(True)
        (tmp_path / f"{part}.tsv").write_text("".join(lines[:texts]), "utf-8")
    for part in ("train", "dev"):
        source = SAMPLES / "targeted-sentiment" / f"{part}.conll"
        _head(source, tmp_path / f"opinions-{part}.conll", 80)
    _write_documents(tmp_path)
    _write_pairs(tmp_path)
    _write_texts(tmp_path)
    (tmp_path / "cmudict.dict").write_text(_dictionary(), "utf-8")
    (tmp_path / "scripts").mkdir()
    for script in ("pronunciation.py", "generate.py"):
        shutil.copy(ROOT / "scripts" / script, tmp_path / "scripts")
    (tmp_path / "reviews.csv").write_text(REVIEWS, "utf-8")
    (tmp_path / "vectors.txt").write_text("the 0.1 0.2 0\nof -0.3 0.1 0\nin 0.4 -0.2 1\n", "utf-8")
    (tmp_path / "places.txt").write_text("Lake Ossel\tLOC\nBrinford\tLOC\n", "utf-8")
    return tmp_path


def _run(language: str, text: str, folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    # Public corpora come from the folder that holds them, never from the network.
    environment |= {
        "SEQTAG_CORPORA_MIRROR": CORPORA or "nowhere",
        "SEQTAG_CORPORA_CACHE": str(folder / "cache"),
    }
    if language == "python":
        command = [sys.executable, "-c", text]
    else:
        program = f'seqtag() {{ "{sys.executable}" -m seqtag "$@"; }}\n'
        program += f'python() {{ "{sys.executable}" "$@"; }}\n'
        command = ["bash", "-euo", "pipefail", "-c", program + _runnable(text)]
    result = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, f"{text}\n{result.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_all_code_on_a_page_runs_in_order(page: str, folder: Path) -> None:
    blocks = _blocks(page)
    assert blocks
    for language, text in blocks:
        if HAS_TORCHTEXT or "torchtext" not in text:
            _run(language, text, folder)


@pytest.mark.slow
@pytest.mark.skipif(
    Path(sys.prefix) != ROOT / ".venv", reason="the tests do not run in the repository's .venv"
)
def test_quickstart_runs() -> None:
    result = subprocess.run(
        [ROOT / "scripts" / "quickstart"], capture_output=True, text=True, timeout=600
    )
    assert result.returncode == 0, result.stderr
    assert "Ossel" in result.stdout


def test_pages_hold_no_links_to_missing_files() -> None:
    for page in [*PAGES, "CONTRIBUTING.md", "corpora/README.md"]:
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"(?:\]\(|src=\"|srcset=\")([^)#:\"]+)[)\"]", text):
            assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


@pytest.mark.parametrize("page", PAGES)
def test_page_has_no_gaps_to_fill_in(page: str) -> None:
    assert "@@" not in (ROOT / page).read_text("utf-8")
