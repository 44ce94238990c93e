"""seqtag itself, and the bare matrix products of its models.

Torch is imported where it is needed, so that a worker with the ONNX engine holds no more than a
program that serves.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args
from unittest import mock

import seqtag
from scripts.benchmark.protocol import (
    STARTED,
    Clock,
    SteppingWorker,
    Task,
    read_sentences,
    serve,
)
from seqtag.batching import Batch

if TYPE_CHECKING:
    from scripts.benchmark.limit import Products, Shapes
    from scripts.benchmark.systems.training import Passes
    from seqtag.api.train import Progress

Kernel: TypeAlias = Literal["plain", "fastest"]
"""As in `scripts.benchmark.limit`, which imports torch."""

# What is no key of seqtag's configuration.
_NO_KEYS = ("engine", "precision", "cores")


class Seqtag:
    """See `scripts.benchmark.protocol.System`.

    Settings: any key of seqtag's configuration, ``cores``, and for loading ``engine`` and
    ``precision``.
    """

    packages = ("seqtag", "torch", "onnxruntime", "numpy")

    def __init__(self) -> None:
        self.tagger: seqtag.Tagger | None = None
        self.spec: Any = None
        self.auxiliary: Sequence[Any] = ()
        self._passes: Passes | None = None

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train as ``seqtag train`` does."""
        score = "accuracy" if task["kind"] == "words" else "f1"
        notes = Notes(clock, score)
        sources = task["sources"]
        seqtag.train(
            train=sources["train"],
            dev=sources["dev"],
            output=output,
            force=True,
            started=STARTED,
            progress=notes,
            **configuration(task, settings),
        )
        return {"epochs": len(clock.curve)}

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open the model with the engine that the settings name."""
        self.tagger = seqtag.load(
            model,
            threads=settings["cores"],
            engine=settings["engine"],
            precision=settings["precision"],
        )
        self.spec = self.tagger.spec

    def predict(self, items: Sequence[Sequence[str]]) -> list[list[str]]:
        """Tag sentences by ``tag_many``."""
        assert self.tagger is not None
        return [sentence.tags for sentence in self.tagger.tag_many(items)]

    def predict_one(self, item: Sequence[str]) -> list[str]:
        """Tag one sentence."""
        assert self.tagger is not None
        return self.tagger.tag(item).tags

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the model's files without the weights of other engines."""
        return files_of(model, settings)

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        """Make a tagger for the whole training part and the batches of the slice."""
        from scripts.benchmark.systems.training import Passes

        del slice_file
        self._passes = Passes(task, source, settings)
        self.spec = self._passes.spec
        self.auxiliary = self._passes.auxiliary

    def train_slice(self) -> int:
        """Train once over the slice."""
        assert self._passes is not None
        return self._passes.epoch()


class Notes:
    """Notes the dev score of every epoch, the time that scoring took left out.

    Of a model with teachers these are the epochs of the last training, whose time begins with that
    of its teachers, their scoring included.

    Args:
        clock: The clock.
        score: Which score on dev.
        scale: What it is multiplied by.
    """

    def __init__(self, clock: Clock, score: str, scale: float = 1.0) -> None:
        self._clock = clock
        self._score = score
        self._scale = scale
        self._began = 0.0
        self._epochs = 0.0

    def __call__(self, progress: Progress) -> None:
        """Look at a step's progress."""
        if progress.step == progress.epoch == 1:
            self._epochs = 0.0
            self._clock.curve.clear()
            step = progress.tokens / progress.tokens_per_second
            self._began = time.perf_counter() - STARTED - step
        if progress.record is not None:
            self._epochs += progress.record["seconds"]
            seconds = self._began + self._epochs
            self._clock.put(seconds)
            self._clock.note(self._scale * progress.record["dev"][self._score])


class CountingNotes(Notes):
    """Counts also what was trained on, and tells whether a limit ended the training.

    Attributes:
        unit: What a step's tokens are called in the facts.
        is_stopped: Whether the limit ended the training.
    """

    unit = "tokens"

    def __init__(self, clock: Clock, score: str, scale: float = 1.0) -> None:
        super().__init__(clock, score, scale)
        self._units = 0
        self._steps = 0
        self._seconds = 0.0
        self.is_stopped = False

    def __call__(self, progress: Progress) -> None:
        """Look at a step's progress."""
        self._units += progress.tokens
        self._steps += 1
        super().__call__(progress)
        self._seconds = self._clock.seconds() - self._began

    def seconds(self) -> float:
        """Return the clock's time."""
        return self._clock.seconds()

    def facts(self) -> dict[str, Any]:
        """Return what was done."""
        return {
            "epochs": len(self._clock.curve),
            "steps": self._steps,
            "is_stopped": self.is_stopped,
            self.unit: self._units,
            f"{self.unit}_per_second": round(self._units / self._seconds, 1),
        }


def train_within(
    minutes: float, output: Path, notes: CountingNotes, keys: Mapping[str, Any]
) -> None:
    """Train to the end or to a limit, at which the best model so far is kept.

    Args:
        minutes: How long, 0 for any time.
        output: Folder of the run.
        notes: Looks at every step.
        keys: What `seqtag.train` is told besides.
    """
    from seqtag.api.train import Interrupted

    limit = 60 * minutes or math.inf
    try:
        seqtag.train(
            output=output,
            force=True,
            started=STARTED,
            progress=notes,
            should_stop=lambda: notes.seconds() >= limit,
            **keys,
        )
    except Interrupted:
        notes.is_stopped = True


class SeqtagWorker(SteppingWorker):
    """Answers calls that only seqtag's own worker is asked: for the limits."""

    def __init__(self, system: Seqtag) -> None:
        super().__init__(system)
        self._seqtag = system
        self._products: dict[Kernel, Products] = {}
        self._passes: Passes | None = None

    def prepare_limit(self, *, training: bool) -> dict[str, float]:
        """Watch one pass over the slice or the sentences, to repeat its bare matrix products.

        Returns:
            The products' number and floating-point operations.
        """
        from scripts.benchmark.limit import Products, sizes_of

        shapes: list[Shapes] = []
        with _watched(self._seqtag, shapes, training=training):
            tokens = self._seqtag.train_slice() if training else self._predict_all()
        sizes = sizes_of(self._seqtag.spec, self._seqtag.auxiliary if training else ())
        for kernel in get_args(Kernel):
            products = Products(sizes, shapes, tokens, training=training, kernel=kernel)
            products.run()
            self._products[kernel] = products
        return {"products": products.count, "gflop": round(products.flops / 1e9, 3)}

    def score_columns(self, source: str) -> dict[str, float]:
        """Return the accuracy of each tag column on a file in the corpus's own format."""
        from seqtag.api.evaluate import evaluate_file

        assert self._seqtag.tagger is not None
        scores = evaluate_file(self._seqtag.tagger, source)
        by_column = scores.get("by_column", {})
        return {name: round(column["accuracy"], 5) for name, column in by_column.items()}

    def time_limit(self, kernel: Kernel) -> dict[str, float]:
        """Compute the bare products of one pass."""
        return self._timed(self._products[kernel].run)

    def time_stream(self, source: str, tokens: int) -> dict[str, Any]:
        """Tag a file's sentences again and again, as a stream that is read and forgotten.

        Returns:
            ``amount`` in tokens and ``seconds``, and the microseconds a token of each tenth of
            the stream.
        """
        assert self._seqtag.tagger is not None
        stream = _repeated([s["tokens"] for s in read_sentences(source)], tokens)
        done = 0
        tenths: list[float] = []
        began = last = time.perf_counter()
        before = 0
        for sentence in self._seqtag.tagger.tag_many(stream):
            done += len(sentence.tags)
            if done >= (len(tenths) + 1) * tokens / 10:
                now = time.perf_counter()
                tenths.append(round(1e6 * (now - last) / (done - before), 3))
                last, before = now, done
        seconds = time.perf_counter() - began
        return {"amount": done, "seconds": seconds, "tenths_us_per_token": tenths}

    def prepare_steps(
        self, task: Task, settings: Mapping[str, Any], steps: int
    ) -> dict[str, float]:
        """Get ready to train on a whole training part, and make some steps of it.

        Returns:
            The corpus's size, and the seconds until the first step was done.
        """
        from scripts.benchmark.systems.training import Passes

        began = time.perf_counter()
        self._passes = Passes(task, task["sources"]["train"], settings)
        self._passes.steps(1)
        seconds = time.perf_counter() - began
        self._passes.steps(steps)
        return {"corpus_tokens": self._passes.corpus_tokens, "seconds_before": round(seconds, 2)}

    def time_steps(self, steps: int) -> dict[str, float]:
        """Make some steps of training."""
        assert self._passes is not None
        return self._timed(partial(self._passes.steps, steps))


def _repeated(sentences: Sequence[list[str]], tokens: int) -> Iterator[list[str]]:
    """Yield sentences again and again until they have some tokens in all."""
    done = 0
    for sentence in cycle(sentences):
        if done >= tokens:
            return
        done += len(sentence)
        yield sentence


@contextlib.contextmanager
def _watched(system: Seqtag, shapes: list[Shapes], *, training: bool) -> Iterator[None]:
    """Return a context that notes the shapes of all batches that a network is given.

    In training it is torch's model that is watched; in tagging the engine, whichever it is.
    """
    if training:
        from scripts.benchmark.limit import Shapes
        from seqtag.models.tagger import TaggerModel

        forward = TaggerModel.forward

        def watching(model: TaggerModel, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on
            shapes.append(Shapes(*named["types"].shape, *named["characters"].shape))
            return forward(model, *arguments, **named)

        with mock.patch.object(TaggerModel, "forward", watching):
            yield
    else:
        assert system.tagger is not None
        noting = _Noting(system.tagger._engine, shapes)
        with mock.patch.object(system.tagger, "_engine", noting):
            yield


class _Noting:
    """Stands for an engine, and notes the shapes of all batches that it is given.

    Args:
        engine: The engine.
        shapes: Takes the shapes.
    """

    def __init__(self, engine: Any, shapes: list[Shapes]) -> None:  # noqa: ANN401 - any engine
        self._engine = engine
        self._shapes = shapes

    def __call__(self, batch: Batch) -> Any:  # noqa: ANN401 - passed on
        from scripts.benchmark.limit import Shapes

        self._shapes.append(Shapes(*batch.types.shape, *batch.characters.shape))
        return self._engine(batch)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - passed on
        return getattr(self._engine, name)


def files_of(model: Path, settings: Mapping[str, Any]) -> list[Path]:
    """Return a model's files without the weights of other engines."""
    weights = {"torch": "weights.safetensors", "fp32": "model.onnx", "int8": "model.int8.onnx"}
    own = weights["torch" if settings["engine"] == "torch" else settings["precision"]]
    others = set(weights.values()) - {own}
    return [p for p in (model / "model").rglob("*") if p.is_file() and p.name not in others]


def configuration(task: Task, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that are keys of the configuration."""
    keys = {key: value for key, value in settings.items() if key not in _NO_KEYS}
    return {"columns": task["columns"], "threads": settings["cores"], **keys}


if __name__ == "__main__":
    serve(SeqtagWorker(Seqtag()))
