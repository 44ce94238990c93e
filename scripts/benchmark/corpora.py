"""Corpora as the workers read them: the published files, and the same sentences in JSON.

A dictionary of pronunciations and a text of characters are published as one file each; their parts
are made here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, groupby
from pathlib import Path

from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.places import Places
from scripts.benchmark.plans import TEXT_UNITS, CorpusPlan
from scripts.benchmark.protocol import Sentence, Task
from scripts.pronunciation import read_dictionary, write_parts

PARTS = ("train", "dev", "test")
QUICK_SENTENCES = {"train": 600, "dev": 150, "test": 300}
SLICE_SENTENCES = 1600
"""Of the training part, on which the speed of training is measured: 50 batches of 32."""
QUICK_SLICE_SENTENCES = 160
SLICE_UNITS, QUICK_SLICE_UNITS = 35_000, 3_500
"""The same of a text, in words or characters: 50 steps of 20 windows of 35."""
SPLIT_SEED = 1
"""Of a dictionary's parts."""
QUICK_WORDS = 2000
SHARES = {"train": 90, "dev": 5, "test": 5}
"""Percent of the characters of a text that is cut, in order."""

_FORM, _UPOS, _FEATS = 1, 3, 5


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus's files.

    Attributes:
        plan: What it is.
        folder: Holds ``train.jsonl`` and so on.
        sources: For each part, and ``slice``, the file in the corpus's own format.
    """

    plan: CorpusPlan
    folder: Path
    sources: dict[str, str]

    def sentences(self, part: str) -> str:
        """Return the file of a part's sentences."""
        return str(self.folder / f"{part}.jsonl")

    def units(self, part: str) -> int:
        """Return how many words or characters a part of a text has, as `count_units` counts."""
        lines = read_blocks(Path(self.sources[part]), self.plan)
        return sum(count_units(line, self.plan.kind) for line in lines)

    def task(self) -> Task:
        """Return what workers are told of the corpus."""
        return {
            "kind": self.plan.kind,
            "train": self.sentences("train"),
            "dev": self.sentences("dev"),
            "sources": self.sources,
            "columns": self.plan.columns,
            "languages": list(self.plan.languages),
        }


def prepare(plan: CorpusPlan, places: Places) -> Corpus:
    """Find or fetch a corpus, and write its sentences as the workers read them.

    Raises:
        BenchmarkError: A file is missing.
    """
    folder = places.corpus(plan.name)
    folder.mkdir(parents=True, exist_ok=True)
    sources = {}
    for part, path in _published(plan, places, folder).items():
        blocks = list(read_blocks(path, plan))
        if places.is_quick:
            blocks = blocks[: QUICK_SENTENCES[part]]
            path = _write_blocks(folder / part, blocks, plan)
        sources[part] = str(path)
        _write_sentences(folder / f"{part}.jsonl", blocks, plan)
        if part == "train":
            sample = _sample(blocks, plan, is_quick=places.is_quick)
            sources["slice"] = str(_write_blocks(folder / "slice", sample, plan))
            _write_sentences(folder / "slice.jsonl", sample, plan)
    return Corpus(plan, folder, sources)


def _sample(blocks: list[str], plan: CorpusPlan, *, is_quick: bool) -> list[str]:
    """Return what the speed of training is measured on.

    Of sentences it is every n-th, since neighbours come from one text; of a text its beginning.
    """
    if plan.kind in TEXT_UNITS:
        wanted = QUICK_SLICE_UNITS if is_quick else SLICE_UNITS
        counts = accumulate(count_units(line, plan.kind) for line in blocks)
        return [line for line, count in zip(blocks, counts, strict=True) if count <= wanted]
    wanted = QUICK_SLICE_SENTENCES if is_quick else SLICE_SENTENCES
    return blocks[:: max(1, len(blocks) // wanted)][:wanted]


def count_units(line: str, kind: str) -> int:
    """Return how many words or characters a line of a text has, its end counted as one."""
    return len(line if kind == "characters" else line.split()) + 1


def _published(plan: CorpusPlan, places: Places, folder: Path) -> dict[str, Path]:
    """Return the corpus's own files, from the folder that holds corpora or from the network.

    Of pairs they are paths without the language; of pronunciations and of a text of characters,
    parts that are written here.
    """
    held = os.environ.get("SEQTAG_CORPORA")
    whole = {"pronunciations": {"all": plan.folder}, "characters": {"train": "train"}}
    stems = whole.get(plan.kind, {part: part for part in PARTS})
    if held:
        paths = {
            part: Path(held) / plan.folder / f"{plan.stems.get(part, stem)}{plan.suffix}"
            for part, stem in stems.items()
        }
        for file in (file for path in paths.values() for file in _files(path, plan)):
            if not file.exists():
                raise BenchmarkError(f"{file} is missing: is SEQTAG_CORPORA the right folder?")
    else:
        from seqtag.api.corpora import get_corpus

        paths = get_corpus(plan.folder, places.work / "corpora" / plan.folder)
    if plan.kind == "pronunciations":
        words = read_dictionary(paths["all"])
        if places.is_quick:
            words = dict(list(words.items())[:: max(1, len(words) // QUICK_WORDS)])
        write_parts(words, folder, SPLIT_SEED)
        paths = {part: folder / f"{part}.tsv" for part in PARTS}
    if plan.kind == "characters":
        paths = _cut(paths["train"], folder, plan.suffix)
    return {part: paths[part] for part in PARTS}


def _cut(path: Path, folder: Path, suffix: str) -> dict[str, Path]:
    """Write the parts of a text of characters, in its order and whatever stands at the cuts."""
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    ends = [percent * len(text) // 100 for percent in accumulate(SHARES.values())]
    paths = {}
    for part, begin, end in zip(SHARES, [0, *ends], ends, strict=False):
        paths[part] = folder / f"{part}{suffix}"
        with paths[part].open("w", encoding="utf-8", newline="") as file:
            file.write(text[begin:end])
    return paths


def _files(path: Path, plan: CorpusPlan) -> list[Path]:
    """Return the files of a part: of pairs one a language."""
    return [Path(f"{path}.{language}") for language in plan.languages] or [path]


def read_blocks(path: Path, plan: CorpusPlan) -> Iterator[str]:
    """Yield the sentences or texts of a part as they stand in its files.

    Of CoNLL and CoNLL-U a block is the lines of a sentence; of pairs it is both sides, a line each;
    of pronunciations the lines of a word; of a text a line.
    """
    sides = [_read_lines(file) for file in _files(path, plan)]
    if plan.kind == "labels" or plan.kind in TEXT_UNITS:
        yield from sides[0]
    elif plan.kind == "pairs":
        yield from ("\n".join(pair) for pair in zip(*sides, strict=True))
    elif plan.kind == "pronunciations":
        for _, lines in groupby(sides[0], key=lambda line: line.split("\t")[0]):
            yield "\n".join(lines)
    else:
        block: list[str] = []
        for line in sides[0]:
            if line.strip():
                block.append(f"{line}\n")
            elif block:
                yield "".join(block)
                block = []
        if block:
            yield "".join(block)


def _read_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as lines:
        yield from (line.rstrip("\n") for line in lines)


def _write_blocks(path: Path, blocks: list[str], plan: CorpusPlan) -> Path:
    """Write blocks as they were read; return the path as `Corpus.sources` has it.

    Args:
        path: Where to, without what the names end in.
        blocks: As `read_blocks` yields them.
        plan: The corpus.
    """
    if plan.kind == "pairs":
        sides = zip(*(block.split("\n") for block in blocks), strict=True)
        for file, texts in zip(_files(path, plan), sides, strict=True):
            file.write_text("".join(f"{text}\n" for text in texts), "utf-8")
        return path
    path = Path(f"{path}{'.tsv' if plan.kind == 'pronunciations' else plan.suffix}")
    path.write_text("".join(f"{block}\n" for block in blocks), "utf-8")
    return path


def _write_sentences(path: Path, blocks: list[str], plan: CorpusPlan) -> None:
    lines = [json.dumps(parse(block, plan.kind), ensure_ascii=False) for block in blocks]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def parse(block: str, kind: str) -> Sentence:
    """Return a sentence from its lines, multiword tokens and empty nodes left out, or a text."""
    if kind == "labels":
        text, label = block.split("\t")
        return {"text": text, "label": label}
    if kind in TEXT_UNITS:
        return {"text": block}
    if kind == "pairs":
        text, translation = block.split("\n")
        return {"text": text, "right": [translation]}
    if kind == "pronunciations":
        pairs = [line.split("\t") for line in block.split("\n")]
        return {"text": pairs[0][0], "right": [spoken for _, spoken in pairs]}
    rows = [line.split("\t") for line in block.splitlines()]
    if kind == "spans":
        return {"tokens": [row[0] for row in rows], "tags": [row[-1] for row in rows]}
    rows = [row for row in rows if row[0].isdecimal()]
    return {
        "tokens": [row[_FORM] for row in rows],
        "tags": [row[_UPOS] for row in rows],
        "feats": [row[_FEATS] for row in rows],
    }
