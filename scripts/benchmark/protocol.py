"""The part of the benchmark that runs in a system's own environment.

A worker is a program that reads calls from standard input and answers on standard output, one line
of JSON each: ``{"call": "load", ...}`` is answered by ``{"result": ...}`` or ``{"error": ...}``. It
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
    """A line of the driver's files: tokens and their tags, or a text and what belongs to it.

    That is a label, or all texts that are right for it: a translation, or pronunciations; a line
    of a longer text stands alone.
    """

    tokens: list[str]
    tags: list[str]
    feats: list[str]
    text: str
    label: str
    right: list[str]


class Task(TypedDict):
    """What there is to be learnt, and where.

    Attributes:
        kind: ``words`` for a tag of each token, ``spans`` for tags of scheme BIO, ``labels`` for a
            label of each text, ``pairs`` for a translation of each text, ``pronunciations`` for the
            phones of each word, ``text`` and ``characters`` for what comes next in a text of words
            or of characters.
        train: Training part, a sentence a line in JSON.
        dev: Development part, the same.
        sources: The same parts as the files that the corpus is published in; of pairs without the
            language that both names end in.
        columns: Those files' columns, in seqtag's words.
        languages: Of pairs, what is translated to what, as the files' names end.
    """

    kind: str
    train: str
    dev: str
    sources: dict[str, str]
    columns: str
    languages: list[str]


class System(Protocol):
    """What a worker can do.

    A tagger is given tokens and answers with tags, both lists of Python strings; a classifier is
    given a text and answers with its label, a translator with another text, a language model with
    how the text may go on.
    """

    @property
    def packages(self) -> Sequence[str]:
        """Distributions whose versions are recorded."""

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train to the end, note scores on dev by the clock, and leave the model in a folder."""

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open a model that `train` left."""

    def predict(self, items: Sequence[Any]) -> list[Any]:
        """Return the answers to many items, batched as the system likes."""

    def predict_one(self, item: Any) -> Any:  # noqa: ANN401 - tokens or a text
        """Return the answer to one item alone."""

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the files that `load` needs."""


class SteppingSystem(System, Protocol):
    """A system whose steps of training can be measured."""

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        """Get ready to train on a slice, with vocabularies of the whole training part."""

    def train_slice(self) -> int:
        """Train once over the slice; return its number of tokens, of translators the target's."""


class TextSystem(SteppingSystem, Protocol):
    """A language model."""

    def score_text(self, source: str) -> Mapping[str, float]:
        """Return what a file costs the model that is open.

        Returns:
            ``nats``, the negative log-likelihood of all of it, and how many ``words`` it has or
            ``characters``, the ends of lines among them; and what the system tells besides.
        """


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


def given(sentence: Sentence) -> list[str] | str:
    """Return what a system is given of a line: its text or its tokens."""
    return sentence["text"] if "text" in sentence else sentence["tokens"]


def amount(item: list[str] | str) -> int:
    """Return how much an item counts for: tokens as many as there are, a text as one."""
    return 1 if isinstance(item, str) else len(item)


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
        self._items: list[list[str] | str] = []
        self._amount = 0

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

    def predict_file(self, source: str, target: str) -> None:
        """Answer a file of sentences or texts; the result holds an answer a line."""
        items = [given(sentence) for sentence in read_sentences(source)]
        answers = self.system.predict(items)
        for item, answer in zip(items, answers, strict=True):
            if isinstance(item, list) and len(item) != len(answer):
                raise ValueError(f"{len(answer)} tags for the {len(item)} tokens {item}")
        lines = "".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers)
        Path(target).write_text(lines, "utf-8")

    def prepare_prediction(self, source: str, size: int) -> dict[str, float]:
        """Keep a file's items, repeated to a size, and answer the file once.

        Args:
            source: A file of sentences or texts.
            size: In tokens, of texts in texts.

        Returns:
            The number of items that are kept and their size, and the speed of that first pass, in
            which a system has to look at every word for the first time.
        """
        items = [given(sentence) for sentence in read_sentences(source)]
        began = time.perf_counter()
        self.system.predict(items)
        cold = sum(map(amount, items)) / (time.perf_counter() - began)
        self._items, self._amount = [], 0
        for item in cycle(items):
            if self._amount >= size:
                break
            self._items.append(item)
            self._amount += amount(item)
        return {"items": len(self._items), "amount": self._amount, "first_rate": round(cold, 1)}

    def time_prediction(self) -> dict[str, float]:
        """Answer the items that `prepare_prediction` kept."""
        return self._timed(self._predict_all)

    def _predict_all(self) -> int:
        answers = self.system.predict(self._items)
        if len(answers) != len(self._items):
            raise ValueError(f"{len(answers)} results for {len(self._items)} items")
        return self._amount

    def time_latency(self, items: list[list[str]] | list[str], count: int) -> list[float]:
        """Answer items one at a time; return the milliseconds that each of the calls took."""
        times = []
        for _, item in zip(range(count), cycle(items), strict=False):
            began = time.perf_counter()
            self.system.predict_one(item)
            times.append(round(1000 * (time.perf_counter() - began), 4))
        return times

    def peak_memory_mb(self) -> float:
        """Return the most memory that the worker has held, in MB."""
        return peak_memory_mb()

    def _timed(self, work: Callable[[], int]) -> dict[str, float]:
        began = time.perf_counter()
        done = work()
        return {"amount": done, "seconds": time.perf_counter() - began}


class SteppingWorker(Worker):
    """Answers also calls for steps of training.

    Args:
        system: The system.
    """

    def __init__(self, system: SteppingSystem) -> None:
        super().__init__(system)
        self._stepping = system

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        """Get ready to train on a slice, and warm up on it once."""
        self._stepping.prepare_training(task, slice_file, source, settings)
        self._stepping.train_slice()

    def time_training(self) -> dict[str, float]:
        """Train once over the slice."""
        return self._timed(self._stepping.train_slice)


class TextWorker(SteppingWorker):
    """Answers also calls for what a text costs.

    Args:
        system: The system.
    """

    def __init__(self, system: TextSystem) -> None:
        super().__init__(system)
        self._language_model = system

    def score_text(self, source: str) -> dict[str, float]:
        """Return what a file costs the model that is open; see `TextSystem`."""
        return dict(self._language_model.score_text(source))


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
