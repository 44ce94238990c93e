"""Pages about a run: its scores, its mistakes and its training."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from seqtag.api.classifier import Classifier
from seqtag.api.corpora import SCHEME
from seqtag.api.evaluate import Evaluation, examine, read_annotated
from seqtag.api.generation_evaluation import TextEvaluation, examine_text
from seqtag.api.generation_report import text_evaluation_page
from seqtag.api.generator import Generator
from seqtag.api.label_evaluation import LabelEvaluation, examine_labels, read_labelled_file
from seqtag.api.label_report import label_evaluation_page
from seqtag.api.load import load
from seqtag.api.page_facts import PageFacts
from seqtag.api.pairs import pair_files, read_pair_file
from seqtag.api.plain_text import read_text_file
from seqtag.api.settings import make_config
from seqtag.api.tag_report import evaluation_page
from seqtag.api.tagger import Tagger
from seqtag.api.translation_evaluation import TranslationEvaluation, examine_translations
from seqtag.api.translation_report import translation_evaluation_page
from seqtag.api.translator import Translator
from seqtag.config import RunConfig, load_toml
from seqtag.errors import ConfigError, DataError
from seqtag.io import run_folder

AnyModel: TypeAlias = Tagger | Classifier | Translator | Generator
AnyEvaluation: TypeAlias = Evaluation | LabelEvaluation | TranslationEvaluation | TextEvaluation
"""A model's answers, and how good they are."""

_PAGES: Mapping[str, Callable[[Any, Any, PageFacts], str]] = {
    "tag": evaluation_page,
    "classify": label_evaluation_page,
    "translate": translation_evaluation_page,
    "generate": text_evaluation_page,
}
"""For each task what makes a page of a model and its answers."""

_PAGE_MARK = len("<!doctype html>")


@dataclass(frozen=True, slots=True)
class RunFiles:
    """What a run's folder tells besides its model.

    Attributes:
        folder: The folder.
        config: The configuration.
        history: The lines of ``history.jsonl``; none where there is no such file.
        metrics: The content of ``metrics.json``; empty where there is no such file.
    """

    folder: Path
    config: RunConfig
    history: Sequence[Mapping[str, Any]]
    metrics: Mapping[str, Any]


def read_run(path: str | os.PathLike[str]) -> RunFiles | None:
    """Read what the folder of a model's run tells; None for a model without its run.

    Args:
        path: A run's folder, that of its model, or that of a run with several seeds, of which it
            is the one with the best dev score.

    Raises:
        ModelError: There is no model, or a file is damaged.
        SeqtagError: The configuration cannot be read.
    """
    folder = run_folder.find_run(Path(path))
    if folder is None:
        return None
    source = folder / run_folder.CONFIG
    config = make_config(load_toml(run_folder.read_text(source), str(source)), {})
    # A run that was interrupted has a model already, but no scores.
    metrics = run_folder.read_metrics(folder) if (folder / run_folder.METRICS).exists() else {}
    return RunFiles(folder, config, run_folder.read_history(folder), metrics)


def examine_file(
    model: AnyModel, path: str, *, columns: str | None = None, is_plain: bool = False
) -> AnyEvaluation:
    """Answer for all of an annotated file, as what the model is for, and score the answers.

    Args:
        model: The model.
        path: The file, or ``corpus:NAME/PART``; ``-`` is standard input.
        columns: Column specification; None for that of the training files.
        is_plain: Whether what a generator reads is plain text, whatever the file's name says.

    Raises:
        ConfigError: The columns are not understood, or have to be named.
        DataError: The file cannot be read, holds nothing, or a line is not as it must be.
    """
    if isinstance(model, Classifier):
        return examine_labels(model, read_labelled_file(model, path, columns=columns))
    if isinstance(model, Translator):
        return examine_translations(model, read_pair_file(model.spec, path, columns=columns))
    if isinstance(model, Generator):
        if columns is not None:
            raise ConfigError(f"columns are {columns!r}, and plain text has none: leave them out")
        return examine_text(model, read_text_file(path, is_plain=is_plain))
    return examine(model, read_annotated(model, path, columns=columns))


def run_page(
    model: AnyModel,
    evaluation: AnyEvaluation,
    files: RunFiles,
    source: str,
) -> str:
    """Return the page about a model's answers and about the run that it comes from.

    Args:
        model: The model.
        evaluation: Its answers.
        files: What is known of the run.
        source: The evaluated file, or what else to call what was evaluated.
    """
    folder = Path(os.path.realpath(files.folder))
    parts = folder.parts[-2:] if re.fullmatch(r"seed-[0-9]+", folder.name) else [folder.name]
    about = PageFacts(
        "/".join(parts),
        file_label(source),
        files.config,
        files.history,
        files.metrics.get("train"),
    )
    return _PAGES[model.spec.task](model, evaluation, about)


def page_of_run(
    model: AnyModel,
    evaluation: AnyEvaluation,
    run: str | os.PathLike[str],
    source: str,
) -> str:
    """Return the page about a model's answers, with what its run's folder tells of its training.

    Args:
        model: The model.
        evaluation: Its answers.
        run: The folder that the model was loaded from.
        source: The evaluated file.

    Raises:
        SeqtagError: A file in the folder is damaged.
    """
    files = read_run(run)
    if files is not None:
        return run_page(model, evaluation, files, source)
    about = PageFacts(Path(os.path.realpath(run)).name, file_label(source))
    return _PAGES[model.spec.task](model, evaluation, about)


def file_label(source: str) -> str:
    """Return what to call an evaluated file: its name without the folders above it."""
    if source == "-":
        return "standard input"
    return source if source.startswith(SCHEME) else Path(source).name


def write_page(page: str, path: str | os.PathLike[str]) -> None:
    """Write a page, whole or not at all.

    Raises:
        ConfigError: There is a file of this name that is no page.
        DataError: It cannot be written.
    """
    path = Path(path)
    if path.is_file() and not run_folder.begins_with(path, page[:_PAGE_MARK]):
        raise ConfigError("this file exists and is no page: give another name", path=path)
    run_folder.write_text(path, page)


def report_run(
    run: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    threads: int | None = None,
) -> Path:
    """Make the page of a run anew, on its test file or else its dev file.

    Args:
        run: The run's folder.
        output: The page; None for ``report.html`` in the run's folder.
        threads: As for `seqtag.load`.

    Returns:
        The page's path.

    Raises:
        SeqtagError: There is no such run, or its file is not there or not as it must be.
    """
    files, source = _evaluated_file(run)
    model = load(run, threads=threads)
    is_plain = files.config.data.format == "text"
    evaluation = examine_file(model, source, is_plain=is_plain)
    path = files.folder / run_folder.REPORT if output is None else Path(output)
    write_page(page_of_run(model, evaluation, run, source), path)
    return path


def evaluated_file(run: str | os.PathLike[str]) -> str:
    """Return the file that a run is judged on: that of its test part, else that of its dev part.

    Raises:
        SeqtagError: There is no such run, it names no such file, or the file is not there.
    """
    return _evaluated_file(run)[1]


def _evaluated_file(run: str | os.PathLike[str]) -> tuple[RunFiles, str]:
    files = read_run(run)
    advice = "name one: `seqtag report RUN1 RUN2 FILE`, `seqtag evaluate RUN FILE --report PAGE`"
    if files is None:
        raise ConfigError(f"a model without its run tells no test file; {advice}", path=run)
    data = files.config.data
    path = next((path for path in (data.test, data.dev) if path not in ("", "-")), None)
    place = files.folder / run_folder.CONFIG
    if path is None:
        raise ConfigError(f"the run has no test and no dev file; {advice}", path=place)
    if not path.startswith(SCHEME) and not _is_there(path, files.config):
        raise DataError(f"{path}, which the run was scored on, is not there; {advice}", path=place)
    return files, path


def _is_there(path: str, config: RunConfig) -> bool:
    """Tell whether a run's file is there, or both files of parallel text."""
    if config.task != "translate":
        return Path(path).exists()
    return all(Path(each).exists() for each in pair_files(path, config.data))
