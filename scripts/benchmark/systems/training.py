"""Steps of seqtag's training, a bounded number at a time."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

import seqtag
from scripts.benchmark.protocol import Task
from scripts.benchmark.systems.seqtag import configuration
from seqtag.api.corpus import in_one_scheme, read_corpus
from seqtag.api.data import read_sentences
from seqtag.api.settings import make_config
from seqtag.api.train import Interrupted, prepare_task, resolve_run
from seqtag.api.train import Task as Prepared
from seqtag.io.arrays import map_rows
from seqtag.io.columns import with_more_tags
from seqtag.training.loop import Progress, Trainer
from seqtag.training.precision import choose_precision
from seqtag.training.preparation import build_auxiliary, build_spec, resolve_training
from seqtag.training.tagging import make_objective


class Passes:
    """Trains on a file again and again; words, characters and tags are those of all of train.

    Args:
        task: The corpus.
        source: The file to train on, in the corpus's format.
        settings: As `scripts.benchmark.systems.seqtag.Seqtag` takes them.

    Attributes:
        spec: The tagger that is trained.
        auxiliary: The columns that are learnt beside its own.
        corpus_tokens: Tokens of the whole training part.
    """

    def __init__(self, task: Task, source: str, settings: Mapping[str, Any]) -> None:
        torch.set_num_threads(settings["cores"])
        files = {"train": task["sources"]["train"], "dev": task["sources"]["dev"]}
        config = make_config(None, {**files, **configuration(task, settings)})
        corpus = read_corpus(config)
        columns = corpus.layout.columns
        self.spec = build_spec(
            config,
            corpus.train,
            columns.tags,
            format=corpus.layout.format,
            file_columns=columns.spec,
            file_width=corpus.width,
        )
        corpus = in_one_scheme(corpus, self.spec)
        self.corpus_tokens = int(self.spec.facts["tokens"])
        config = resolve_training(config, self.corpus_tokens)
        layout = corpus.layout
        wider = with_more_tags(layout.columns, corpus.auxiliary, layout.format)
        same = source == files["train"]
        sentences = (
            corpus.train if same else read_sentences(source, replace(layout, columns=wider))[0]
        )
        self.auxiliary = build_auxiliary(corpus.train, corpus.auxiliary)
        # One sentence to score on, since scoring is no part of a step.
        objective = make_objective(
            config,
            self.spec,
            sentences,
            corpus.dev[:1],
            auxiliary=self.auxiliary,
            keep=map_rows,
        )
        # The rate's course does not matter to the speed, and no pass must be the last one.
        training = replace(config.training, epochs=10**6)
        self._progress = Trainer(objective, training, config.seed).run()

    def epoch(self) -> int:
        """Train to the end of the pass that has begun; return the tokens of these steps."""
        return finish_epoch(self._progress)

    def steps(self, count: int) -> int:
        """Make some steps; return their tokens."""
        return sum(next(self._progress).tokens for _ in range(count))


def prepare_slice(folder: Path, keys: Mapping[str, Any], source: str) -> Prepared:
    """Get ready to train on a slice, with the units of the whole training part.

    A run on all of train that is stopped at its first step gives the units; a second one begins
    with it and reads the slice.

    Args:
        folder: Is made, or made anew, for that run.
        keys: What `seqtag.train` is told.
        source: The slice.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with contextlib.suppress(Interrupted):
        seqtag.train(output=folder / "run", should_stop=lambda: True, **keys)
    wanted = {**keys, "train": source, "init": str(folder / "run")}
    config, start = resolve_run(None, wanted)
    precise = replace(config, training=choose_precision(config.training, config.device))
    torch.set_num_threads(config.threads)
    return prepare_task(precise, start)


def endless(prepared: Prepared) -> Iterator[Progress]:
    """Yield after every step of epochs without number.

    The rate's course does not matter to the speed, and no pass must be the last one.
    """
    training = replace(prepared.config.training, epochs=10**6)
    return Trainer(prepared.objective, training, prepared.config.seed).run()


def finish_epoch(progress: Iterator[Progress]) -> int:
    """Train to the end of the epoch that has begun; return the tokens of these steps."""
    tokens = 0
    for step in progress:
        tokens += step.tokens
        if step.record is not None:
            break
    return tokens
