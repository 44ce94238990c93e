"""The part of the benchmark that runs in a system's own environment.

A worker is a program that reads calls from standard input and answers on standard output, one line
of JSON each: ``{"call": "tag", ...}`` is answered by ``{"result": ...}`` or ``{"error": ...}``. It
does nothing between two calls, so that several workers can be kept alive and measured in turn. The
clock and the memory gauge are the same for all systems and stand here; what differs between systems
is a class with the methods of `System`.

Needs the standard library alone: it is imported in environments that hold little else.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from itertools import cycle
from pathlib import Path
from typing import Any, Protocol, TypedDict

STARTED = time.perf_counter()
"""About when the program began: what it imports by itself comes later."""


class Sentence(TypedDict, total=False):
    """A line of the files that the driver writes: a sentence with its annotation."""

    tokens: list[str]
    tags: list[str]
    feats: list[str]


class Task(TypedDict):
    """What there is to be learnt, and where.

    Attributes:
        kind: ``words`` for a tag of each token, ``spans`` for tags of scheme BIO.
        train: Training part, a sentence a line in JSON.
        dev: Development part, the same.
        sources: The same parts as the files that the corpus is published in.
        columns: Those files' columns, in seqtag's words.
    """

    kind: str
    train: str
    dev: str
    sources: dict[str, str]
    columns: str


class System(Protocol):
    """What a worker can do; tokens go in and tags come out as lists of Python strings."""

    @property
    def packages(self) -> Sequence[str]:
        """Distributions whose versions are recorded."""

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train to the end, note scores on dev by the clock, and leave the model in a folder."""

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open a model that `train` left."""

    def tag(self, sentences: Sequence[Sequence[str]]) -> list[list[str]]:
        """Tag sentences, batched as the system likes."""

    def tag_one(self, tokens: Sequence[str]) -> list[str]:
        """Tag one sentence alone."""

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the files that `load` needs."""

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        """Get ready to train on a slice, with vocabularies of the whole training part."""

    def train_slice(self) -> int:
        """Train once over the slice; return its number of tokens."""


class Clock:
    """Time since the program began, scoring left out, and the scores at these times."""

    def __init__(self) -> None:
        self._stopped = 0.0
        self.curve: list[dict[str, float]] = []

    def seconds(self) -> float:
        """Return the time so far."""
        return time.perf_counter() - STARTED - self._stopped

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Return a context whose time does not count."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._stopped += time.perf_counter() - began

    def put(self, seconds: float) -> None:
        """Put the clock to a time, where the system itself knows how long scoring took."""
        self._stopped += self.seconds() - seconds

    def note(self, score: float) -> None:
        """Note a score on dev as reached now."""
        self.curve.append({"seconds": round(self.seconds(), 2), "score": round(score, 5)})


def read_sentences(path: str | Path) -> list[Sentence]:
    """Read a file of sentences."""
    with Path(path).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def peak_memory_mb() -> float:
    """Return the most memory that this program has held, in MB.

    Linux lets a program inherit the highest mark of the one that started it; its own stands in
    /proc.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return round(int(line.split()[1]) * 1024 / 1e6, 1)
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)


class Worker:
    """Answers calls with a system; every public method is one.

    Args:
        system: The system.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self._sentences: list[list[str]] = []
        self._tokens = 0

    def versions(self) -> dict[str, str]:
        """Return the versions of Python and of the system's packages."""
        found = {"python": sys.version.split()[0]}
        for package in self.system.packages:
            found[package] = metadata.version(package)
        return found

    def train(self, task: Task, output: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Train, and return what was noted.

        Returns:
            ``seconds`` from the start of the program to its end, scoring on dev left out;
            ``seconds_in_all`` with it; ``curve`` the scores; ``peak_memory_mb``; and what the
            system tells itself.
        """
        clock = Clock()
        facts = self.system.train(task, Path(output), settings, clock)
        return {
            "seconds": round(clock.seconds(), 2),
            "seconds_in_all": round(time.perf_counter() - STARTED, 2),
            "curve": clock.curve,
            "peak_memory_mb": peak_memory_mb(),
            **facts,
        }

    def load(self, model: str, settings: Mapping[str, Any]) -> float:
        """Open a model; return its size on disk in MB."""
        self.system.load(Path(model), settings)
        files = self.system.model_files(Path(model), settings)
        return round(sum(path.stat().st_size for path in files) / 1e6, 2)

    def tag_file(self, source: str, target: str) -> None:
        """Tag a file of sentences; the result holds a list of tags a line."""
        sentences = [sentence["tokens"] for sentence in read_sentences(source)]
        tagged = self.system.tag(sentences)
        for tokens, tags in zip(sentences, tagged, strict=True):
            if len(tokens) != len(tags):
                raise ValueError(f"{len(tags)} tags for the {len(tokens)} tokens {tokens}")
        lines = "".join(json.dumps(tags, ensure_ascii=False) + "\n" for tags in tagged)
        Path(target).write_text(lines, "utf-8")

    def prepare_tagging(self, source: str, tokens: int) -> dict[str, float]:
        """Keep a file's sentences, repeated to a number of tokens, and tag the file once.

        Returns:
            The numbers of sentences and tokens that are kept, and the tokens a second of that
            first pass, in which a system has to look at every word for the first time.
        """
        sentences = [sentence["tokens"] for sentence in read_sentences(source)]
        began = time.perf_counter()
        self.system.tag(sentences)
        cold = sum(map(len, sentences)) / (time.perf_counter() - began)
        self._sentences, self._tokens = [], 0
        for sentence in cycle(sentences):
            if self._tokens >= tokens:
                break
            self._sentences.append(sentence)
            self._tokens += len(sentence)
        return {
            "sentences": len(self._sentences),
            "tokens": self._tokens,
            "first_tokens_per_second": round(cold, 1),
        }

    def time_tagging(self) -> dict[str, float]:
        """Tag the sentences that `prepare_tagging` kept."""
        return self._timed(self._tag_all)

    def _tag_all(self) -> int:
        tagged = self.system.tag(self._sentences)
        if len(tagged) != len(self._sentences):
            raise ValueError(f"{len(tagged)} results for {len(self._sentences)} sentences")
        return self._tokens

    def time_latency(self, sentences: list[list[str]], count: int) -> list[float]:
        """Tag sentences one at a time; return the milliseconds that each of the calls took."""
        times = []
        for _, tokens in zip(range(count), cycle(sentences), strict=False):
            began = time.perf_counter()
            self.system.tag_one(tokens)
            times.append(round(1000 * (time.perf_counter() - began), 4))
        return times

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        """Get ready to train on a slice, and warm up on it once."""
        self.system.prepare_training(task, slice_file, source, settings)
        self.system.train_slice()

    def time_training(self) -> dict[str, float]:
        """Train once over the slice."""
        return self._timed(self.system.train_slice)

    def peak_memory_mb(self) -> float:
        """Return the most memory that the worker has held, in MB."""
        return peak_memory_mb()

    def _timed(self, work: Callable[[], int]) -> dict[str, float]:
        began = time.perf_counter()
        tokens = work()
        return {"tokens": tokens, "seconds": time.perf_counter() - began}


def serve(worker: Worker) -> None:
    """Answer calls until standard input ends.

    What libraries print goes to standard error, so that only answers are on standard output.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": getattr(worker, request.pop("call"))(**request)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer, ensure_ascii=False), file=answers, flush=True)
