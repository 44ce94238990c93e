#!/usr/bin/env python3
"""Train a tagger and print its scores: `seqtag train` as a script, to be read and changed.

    scripts/train.py train.conll --dev dev.conll --test test.conll -o runs/mine

The folder that it writes is that of any run: `seqtag tag runs/mine` uses the model in it.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

import seqtag
from seqtag.api.train import read_scores
from seqtag.report.tables import score_report

if TYPE_CHECKING:
    from seqtag.api.train import Progress

SETTINGS: dict[str, Any] = {
    # Any key that `seqtag train --help` lists; what does not stand here keeps its default.
    "seed": 1,
    "encoder.hidden_size": 128,
    "embedding.characters": "none",
}


def main() -> None:
    """Train on the files that the command line names."""
    parser = argparse.ArgumentParser(description="Train a tagger and print its scores.")
    parser.add_argument("train", help="training file, CoNLL or CoNLL-U")
    parser.add_argument("--dev", default="", help="development file")
    parser.add_argument("--test", default="", help="test file")
    parser.add_argument("--columns", default="", help="such as token=0,tag=3 or tag=UPOS+XPOS")
    parser.add_argument("--epochs", type=int, help="passes over train at most")
    parser.add_argument("-o", "--output", required=True, help="folder of the run")
    options = parser.parse_args()
    settings = dict(SETTINGS)
    if options.epochs is not None:
        settings["training.epochs"] = options.epochs
    try:
        tagger = seqtag.train(
            train=options.train,
            dev=options.dev,
            test=options.test,
            columns=options.columns,
            output=options.output,
            progress=show,
            **settings,
        )
    except seqtag.SeqtagError as error:
        parser.exit(2, f"error: {error}\n")

    for part, scores in read_scores(options.output).items():
        if part != "train":
            print(f"=== {part}: {score_report(scores)}\n")
    sentence = tagger.tag(["Ada", "Lovelace", "lived", "in", "London", "."])
    for token, tag, score in zip(sentence.tokens, sentence.tags, sentence.scores, strict=True):
        print(f"{token}\t{tag}\t{score:.4f}")


def show(progress: Progress) -> None:
    """Tell of each epoch that has ended; called after every step."""
    if progress.record is not None:
        best = " (the best so far)" if progress.is_best else ""
        print(
            f"epoch {progress.epoch} of {progress.epochs}: loss {progress.loss:.4f}, "
            f"dev accuracy {progress.record['dev']['accuracy']:.4f}{best}",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
