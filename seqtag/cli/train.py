"""``seqtag train``."""

from __future__ import annotations

import argparse
import math
import re
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from seqtag.api.train import Interrupted, read_scores, train
from seqtag.cli.fetching import FetchBar
from seqtag.config import parse_value
from seqtag.errors import ConfigError
from seqtag.report import numbers
from seqtag.report.label_tables import part_report
from seqtag.report.tables import seed_report

if TYPE_CHECKING:
    from seqtag.api.train import Progress

_DEV_SCORES = (
    *("accuracy", "macro_f1", "f1", "bleu", "perplexity"),
    *("exact_match", "symbol_error_rate"),
)
_OPTIONS = ("task", "train", "dev", "test", "columns", "init", "device", "threads")
_KEYS = {
    "source": ("data.source", "translate"),
    "target": ("data.target", "translate"),
    "direction": ("language_model.direction", "generate"),
}
"""Options that stand for keys, and the task that alone has them."""


def run(options: argparse.Namespace) -> int:
    """Train a model, showing progress on standard error and its scores on standard output."""
    settings = {name: value for name in _OPTIONS if (value := getattr(options, name)) is not None}
    for option, (key, task) in _KEYS.items():
        if (value := getattr(options, option)) is not None:
            settings[key] = value
            if options.config is None and not options.resume:
                settings.setdefault("task", task)
    for text in options.settings:
        # --set takes all words that follow, a configuration file among them.
        if options.config is None and text.endswith(".toml") and "=" not in text:
            options.config = text
        else:
            settings.update([_parse_setting(text)])
    seeds = [] if options.seeds is None else _parse_seeds(options.seeds)
    stop = _Stop()
    try:
        with _Bar() as bar, FetchBar() as fetching:
            train(
                options.config,
                output=options.output,
                resume=options.resume,
                force=options.force,
                seeds=seeds,
                progress=bar.show,
                should_stop=stop.asked,
                fetching=fetching.show,
                started=options.started,
                **settings,
            )
    except Interrupted as interruption:
        whose = "its" if interruption.teacher else "the"
        found = f"{whose} best model so far" if interruption.epochs else "a hardly trained model"
        _tell(f"{interruption}; {found} is in {interruption.model}, continue with --resume")
        return 128 + stop.signal
    finally:
        stop.restore()
    scores = read_scores(options.output)
    if seeds:
        print(seed_report(scores))
    else:
        for part in ("dev", "test"):
            if part in scores:
                print(f"=== {part}: {part_report(scores[part])}\n")
    _tell(f"the model is in {options.output}")
    return 0


def _parse_setting(text: str) -> tuple[str, Any]:
    """Read ``key=value``."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ConfigError(f"--set {text!r}: write key=value, such as encoder.dropout=0.3")
    return key, parse_value(value)


def _parse_seeds(text: str) -> list[int]:
    """Read numbers with commas between them."""
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch("[0-9]{1,19}", part) for part in parts):
        raise ConfigError(f"--seeds {text!r}: write numbers with commas between, such as 1,2,3")
    return [int(part) for part in parts]


def _tell(message: str) -> None:
    print(message, file=sys.stderr)


class _Stop:
    """Turns the first Ctrl-C or request to end into a stop between two steps.

    A second one ends the program where it is.
    """

    def __init__(self) -> None:
        self.signal = 0
        self._former: dict[int, Any] = {
            number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)
        }

    def asked(self) -> bool:
        """Tell whether to stop."""
        return self.signal != 0

    def restore(self) -> None:
        """Put the former handlers back."""
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.signal:
            raise KeyboardInterrupt
        self.signal = number
        _tell("\nstopping: saving the best model (once more to end at once)")


class _Bar:
    """Progress on standard error: a bar on a terminal, and a line an epoch everywhere."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, progress: Progress) -> None:
        """Show how far training has come."""
        if self._bar is None or progress.step == progress.epoch == 1:
            self.__exit__()
            self._bar = tqdm(
                total=progress.steps * progress.epochs,
                initial=(progress.epoch - 1) * progress.steps + progress.step - 1,
                unit="step",
                file=sys.stderr,
                disable=None,
                dynamic_ncols=True,
            )
        bar = self._bar
        bar.total = progress.steps * progress.epochs
        best = "" if math.isnan(progress.best_score) else f", best dev {progress.best_score:.4f}"
        bar.set_description(f"epoch {progress.epoch}/{progress.epochs}", refresh=False)
        bar.set_postfix_str(
            f"{progress.tokens_per_second:,.0f} tokens/s, loss {progress.loss:.4f}{best}",
            refresh=False,
        )
        bar.update((progress.epoch - 1) * progress.steps + progress.step - bar.n)
        if progress.record is not None:
            bar.clear()
            _tell(_epoch_line(progress, progress.record))


def _epoch_line(progress: Progress, record: dict[str, Any]) -> str:
    dev = record["dev"]
    parts = [
        f"epoch {progress.epoch:>2}/{progress.epochs}",
        f"loss {record['train_loss']:.4f}",
        *(f"dev {name} {numbers.score(name, dev[name])}" for name in _DEV_SCORES if name in dev),
        *(f"{dev[name]:.4f} bits/char" for name in ("bits_per_char",) if name in dev),
        f"{record['tokens_per_second']:,.0f} tokens/s",
        f"{record['seconds']:.0f} s",
    ]
    return "  ".join(parts) + ("  best" if progress.is_best else "")
