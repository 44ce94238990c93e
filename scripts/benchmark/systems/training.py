"""Steps of seqtag's training, a bounded number at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from scripts.benchmark.protocol import Task
from scripts.benchmark.systems.seqtag import configuration
from seqtag.api.corpus import in_one_scheme, read_corpus
from seqtag.api.data import read_sentences
from seqtag.api.settings import make_config
from seqtag.io.arrays import map_rows
from seqtag.io.columns import with_more_tags
from seqtag.training.loop import Trainer
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
        endless = replace(config.training, epochs=10**6)
        self._progress = Trainer(objective, endless, config.seed).run()

    def epoch(self) -> int:
        """Train to the end of the pass that has begun; return the tokens of these steps."""
        tokens = 0
        for progress in self._progress:
            tokens += progress.tokens
            if progress.record is not None:
                break
        return tokens

    def steps(self, count: int) -> int:
        """Make some steps; return their tokens."""
        return sum(next(self._progress).tokens for _ in range(count))
