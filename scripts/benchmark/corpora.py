"""Corpora as the workers read them: the published files, and the same sentences in JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.places import Places
from scripts.benchmark.plans import CorpusPlan
from scripts.benchmark.protocol import Sentence, Task

PARTS = ("train", "dev", "test")
QUICK_SENTENCES = {"train": 600, "dev": 150, "test": 300}
SLICE_SENTENCES = 1600
"""Of the training part, on which the speed of training is measured: 50 batches of 32."""
QUICK_SLICE_SENTENCES = 160

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

    def task(self) -> Task:
        """Return what workers are told of the corpus."""
        return {
            "kind": self.plan.kind,
            "train": self.sentences("train"),
            "dev": self.sentences("dev"),
            "sources": self.sources,
            "columns": self.plan.columns,
        }


def prepare(plan: CorpusPlan, places: Places) -> Corpus:
    """Find or fetch a corpus, and write its sentences as the workers read them.

    Raises:
        BenchmarkError: A file is missing.
    """
    folder = places.corpus(plan.name)
    folder.mkdir(parents=True, exist_ok=True)
    sources = {}
    for part, path in _published(plan, places).items():
        blocks = list(read_blocks(path, plan.kind))
        if places.is_quick:
            blocks = blocks[: QUICK_SENTENCES[part]]
            path = _write_blocks(folder / f"{part}{plan.suffix}", blocks)
        sources[part] = str(path)
        _write_sentences(folder / f"{part}.jsonl", blocks, plan)
        if part == "train":
            # Every n-th sentence, since neighbours come from one text.
            wanted = QUICK_SLICE_SENTENCES if places.is_quick else SLICE_SENTENCES
            sample = blocks[:: max(1, len(blocks) // wanted)][:wanted]
            sources["slice"] = str(_write_blocks(folder / f"slice{plan.suffix}", sample))
            _write_sentences(folder / "slice.jsonl", sample, plan)
    return Corpus(plan, folder, sources)


def _published(plan: CorpusPlan, places: Places) -> dict[str, Path]:
    """Return the corpus's own files, from the folder that holds corpora or from the network."""
    held = os.environ.get("SEQTAG_CORPORA")
    if held:
        folder = Path(held) / plan.name
        paths = {part: folder / f"{part}{plan.suffix}" for part in PARTS}
        for path in paths.values():
            if not path.exists():
                raise BenchmarkError(f"{path} is missing: is SEQTAG_CORPORA the right folder?")
        return paths
    from seqtag.api.corpora import get_corpus

    files = get_corpus(plan.name, places.work / "corpora" / plan.name)
    return {part: files[part] for part in PARTS}


def read_blocks(path: Path, kind: str) -> Iterator[str]:
    """Yield the sentences of a CoNLL or CoNLL-U file, or the lines of one of texts, as they are."""
    block: list[str] = []
    with path.open(encoding="utf-8", newline="\n") as lines:
        if kind == "labels":
            yield from (line.rstrip("\n") for line in lines)
            return
        for line in lines:
            if line.strip():
                block.append(line)
            elif block:
                yield "".join(block)
                block = []
    if block:
        yield "".join(block)


def _write_blocks(path: Path, blocks: list[str]) -> Path:
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
    rows = [line.split("\t") for line in block.splitlines()]
    if kind == "spans":
        return {"tokens": [row[0] for row in rows], "tags": [row[-1] for row in rows]}
    rows = [row for row in rows if row[0].isdecimal()]
    return {
        "tokens": [row[_FORM] for row in rows],
        "tags": [row[_UPOS] for row in rows],
        "feats": [row[_FEATS] for row in rows],
    }
