"""What tests of several packages share: tiny corpora, tiny models, and the program itself."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from seqtag.batching import Batch, Featurizer, WordTable
from seqtag.cli.main import main
from seqtag.text.features import word_features
from seqtag.text.sentence import Sentence
from seqtag.text.vocabulary import Vocabulary

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "corpora" / "samples"

TINY: Mapping[str, Any] = {
    "threads": 1,
    "embedding.word_size": 8,
    "embedding.word_min_count": 1,
    "embedding.ngram_size": 8,
    "encoder.hidden_size": 16,
    "encoder.num_layers": 1,
    "encoder.dropout": 0.1,
    "training.epochs": 8,
    "training.batch_tokens": 100,
    "training.learning_rate": 0.02,
    "training.average": 0.0,
}
"""Settings of a model that learns a little in a second."""

TINY_TRANSLATOR: Mapping[str, Any] = {
    "task": "translate",
    "threads": 1,
    "units.source": "char",
    "units.target": "char",
    "embedding.word_size": 12,
    "encoder.hidden_size": 12,
    "encoder.num_layers": 1,
    "decoder.hidden_size": 16,
    "decoder.num_layers": 1,
    "decoder.attention_size": 8,
    "search.max_length": 40,
    "training.epochs": 2,
    "training.batch_tokens": 200,
    "training.learning_rate": 0.01,
    "training.average": 0.0,
}
"""Settings of a translator that is trained in a second or two."""

# A thread for each core would fight with those of the other programs that tests start.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


@dataclass(frozen=True)
class Outcome:
    """What became of a program."""

    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line that says what is wrong, behind ``error: ``; fails where it is not one."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        assert self.status == 2
        return lines[0].removeprefix("error: ")


def first_sentences(path: Path, count: int) -> str:
    """Return the first sentences of an annotated file."""
    return "\n\n".join(path.read_text("utf-8").split("\n\n")[:count]) + "\n\n"


def write_annotated(folder: Path, sizes: Mapping[str, int]) -> Path:
    """Write the first sentences of each part, names as ``.conll`` and words as ``.conllu``."""
    for part, count in sizes.items():
        for kind, suffix in (("ner", "conll"), ("pos", "conllu")):
            text = first_sentences(SAMPLES / kind / f"{part}.{suffix}", count)
            (folder / f"{part}.{suffix}").write_text(text, "utf-8")
    return folder


def files(corpus: Path, suffix: str) -> dict[str, Any]:
    """Return the arguments of `seqtag.train` that name a corpus's files."""
    return {part: corpus / f"{part}.{suffix}" for part in ("train", "dev", "test")}


def parallel_files(corpus: Path) -> dict[str, Any]:
    """Return the arguments of `seqtag.train` that name the files of `parallel`."""
    named: dict[str, Any] = {part: corpus / part for part in ("train", "dev", "test")}
    return named | {"data.source": "en", "data.target": "zq"}


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder by its path there."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def assert_same_run(first: Path, second: Path) -> None:
    """Check that two runs ended alike to the bit, in all but the time that they took."""
    assert contents(first / "model") == contents(second / "model")
    metrics, histories = [], []
    for run in (first, second):
        scores = json.loads((run / "metrics.json").read_text("utf-8"))
        for name in ("seconds", "tokens_per_second", "peak_memory_mb"):
            del scores["train"][name]
        metrics.append(scores)
        records = map(json.loads, (run / "history.jsonl").read_text("utf-8").splitlines())
        timed = ("seconds", "tokens_per_second")
        histories.append([{k: v for k, v in r.items() if k not in timed} for r in records])
    assert metrics[0] == metrics[1]
    assert histories[0] == histories[1]


def plain_featurizer(
    words: Vocabulary, characters: Vocabulary | None = None, ngrams: Vocabulary | None = None
) -> Featurizer:
    """Return a featurizer without pretrained vectors, feature columns and phrases."""
    return Featurizer(WordTable(words, None, characters, ngrams), {}, None)


def ngrams_of(*words: str) -> Vocabulary:
    """Return all surface features of some words."""
    features = dict.fromkeys(feature for word in words for feature in word_features(word))
    return Vocabulary(features, has_unknown=False)


def batch_of(featurizer: Featurizer, sentences: Iterable[Sequence[str]]) -> Batch:
    """Return a batch of sentences that are given as their tokens."""
    return featurizer.batch([featurizer.rows(Sentence(list(tokens))) for tokens in sentences])


def set_options(settings: Mapping[str, Any]) -> list[str]:
    """Return settings as the words of a command line."""
    words = [f"{key}={str(v).lower() if isinstance(v, bool) else v}" for key, v in settings.items()]
    return ["--set", *words]


def call(*arguments: object, stdin: bytes = b"") -> Outcome:
    """Run the command line in this process."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    err = io.StringIO()
    log = logging.StreamHandler(err)
    logging.getLogger("seqtag").addHandler(log)
    given = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            mock.patch.object(sys, "stdin", given),
        ):
            status = main([str(argument) for argument in arguments])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    finally:
        logging.getLogger("seqtag").removeHandler(log)
    out.flush()
    written = out.buffer
    assert isinstance(written, io.BytesIO)
    return Outcome(status, written.getvalue().decode("utf-8"), err.getvalue())


def run_program(*arguments: object, stdin: bytes = b"", timeout: float = 60) -> Outcome:
    """Run the command line as a program of its own."""
    words = [sys.executable, "-m", "seqtag", *(str(argument) for argument in arguments)]
    done = subprocess.run(words, input=stdin, capture_output=True, env=ENVIRONMENT, timeout=timeout)
    return Outcome(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def start_program(*arguments: object, **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
    """Start the command line as a program of its own; options are those of `subprocess.Popen`."""
    words = [sys.executable, "-m", "seqtag", *(str(argument) for argument in arguments)]
    return subprocess.Popen(words, env=ENVIRONMENT, **options)


def run_threads(work: Callable[[int], object], count: int) -> None:
    """Run the same work in some threads that take turns as often as Python lets them.

    Args:
        work: Is given the number of its thread, from 0.
        count: Number of threads.

    Raises:
        ExceptionGroup: What the threads raised.
    """
    failures: list[Exception] = []

    def run(number: int) -> None:
        try:
            work(number)
        except Exception as failure:
            failures.append(failure)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    if failures:
        raise ExceptionGroup("threads failed", failures)
