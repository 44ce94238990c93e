"""Two runs on the same file: which one is better, where, and whether that can be chance."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from seqtag import __version__
from seqtag.api.evaluate import predict, read_annotated
from seqtag.api.generator import Generator
from seqtag.api.label_compare import compare_classifiers
from seqtag.api.load import DOES, load
from seqtag.api.report import evaluated_file
from seqtag.api.tag_report import counted_spans
from seqtag.api.tagger import Tagger
from seqtag.api.translator import Translator
from seqtag.errors import ConfigError
from seqtag.report.comparison import Comparison, TwoAnswers, compare_column
from seqtag.text.schemes import convert
from seqtag.text.sentence import Sentence
from seqtag.text.tag_column import TagColumn
from seqtag.training.spec import TaggerSpec


def compare_runs(
    first: str | os.PathLike[str],
    second: str | os.PathLike[str],
    file: str | None = None,
    *,
    columns: str | None = None,
    threads: int | None = None,
) -> Any:  # noqa: ANN401 - the caller knows which of the two comparisons it is, as with `load`
    """Compare the taggers or the classifiers of two runs on an annotated file.

    Args:
        first: Folder of a run or a model.
        second: Another one for the same task; of taggers, with the same tag columns.
        file: The file; None for the test file of the first run, or else its dev file.
        columns: Column specification; None for those of the training files.
        threads: As for `seqtag.load`.

    Returns:
        A `Comparison` of taggers or a `LabelComparison` of classifiers.

    Raises:
        ConfigError: One run is a tagger and one a classifier, or one a translator or generator, the
            runs have other tag columns than each other, or there is no file.
        ModelError: There is no model.
        DataError: The file cannot be read, holds nothing, or a line is not as it must be.
    """
    models = [load(run, threads=threads) for run in (first, second)]
    names = _names(first, second)
    for name, model in zip(names, models, strict=True):
        if isinstance(model, Translator | Generator):
            raise ConfigError(
                f"{name} {DOES[model.spec.task]}, and only taggers or classifiers can be compared: "
                "score each run on the same file with `seqtag evaluate`"
            )
    kinds = [DOES[model.spec.task] for model in models]
    if kinds[0] != kinds[1]:
        raise ConfigError(
            f"{names[0]} {kinds[0]} and {names[1]} {kinds[1]}: only runs of the same task can be "
            "compared"
        )
    are_taggers = isinstance(models[0], Tagger)
    if are_taggers:
        _check_columns(names, [tagger.spec for tagger in models])
    if file is None:
        file = evaluated_file(first)
    if file == "-":
        raise ConfigError("two runs need a file that can be read twice: give one, not -")
    if are_taggers:
        return _compare_taggers(models, names, file, columns)
    return compare_classifiers((models[0], models[1]), names, file, columns)


def _compare_taggers(
    taggers: list[Tagger], names: tuple[str, str], file: str, columns: str | None
) -> Comparison:
    gold = [read_annotated(tagger, file, columns=columns) for tagger in taggers]
    tokens, others = ([sentence.tokens for sentence in sentences] for sentences in gold)
    if tokens != others:
        raise ConfigError("the runs find different tokens here: name the columns", path=file)
    predicted = [predict(tagger, of) for tagger, of in zip(taggers, gold, strict=True)]
    known = [tagger.spec.known_words for tagger in taggers]
    unseen = [[not any(word in words for words in known) for word in of] for of in tokens]
    pairs = zip(*(tagger.spec.columns for tagger in taggers), strict=True)
    answers = [_answers(a, b, gold[0], predicted[0], predicted[1]) for a, b in pairs]
    return Comparison(
        first=names[0],
        second=names[1],
        source=file,
        tokens=tokens,
        columns=[compare_column(answer, unseen) for answer in answers],
        version=__version__,
    )


def _check_columns(names: tuple[str, str], specs: list[TaggerSpec]) -> None:
    """Refuse runs that tag different things.

    A number says where a column stands and not what is in it, so that it may be any.
    """
    columns = [[column.name for column in spec.columns] for spec in specs]
    same = len(columns[0]) == len(columns[1]) and all(
        a == b or _is_number(a) or _is_number(b) for a, b in zip(*columns, strict=True)
    )
    if not same:
        first, second = ("+".join(of) for of in columns)
        raise ConfigError(
            f"{names[0]} tags {first} and {names[1]} tags {second}: only runs with the same tag "
            "columns can be compared"
        )


def _is_number(name: str) -> bool:
    return name.removeprefix("-").isdecimal()


def _answers(
    first: TagColumn,
    second: TagColumn,
    gold: list[Sentence],
    by_first: list[Sentence],
    by_second: list[Sentence],
) -> TwoAnswers:
    """Bring what two taggers predict into the scheme in which the first one's files are."""
    wanted = [sentence.tags_by[first.name] for sentence in gold]
    tags = [sentence.tags_by[first.name] for sentence in by_first]
    others = [sentence.tags_by[second.name] for sentence in by_second]
    if first.file_scheme is not None and first.file_scheme != second.file_scheme:
        others = [convert(given, first.file_scheme) for given in others]
    scheme = first.file_scheme or second.file_scheme
    spans = None
    if scheme is not None:
        spans = (
            counted_spans(gold, wanted, scheme),
            counted_spans(gold, tags, scheme),
            counted_spans(gold, others, scheme),
        )
    return TwoAnswers(name=first.name, gold=wanted, first=tags, second=others, spans=spans)


def _names(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> tuple[str, str]:
    """Return what to call two runs: their folders' names, or their paths where these are alike."""
    folders = [Path(os.path.realpath(run)).name for run in (first, second)]
    if folders[0] != folders[1]:
        return folders[0], folders[1]
    return os.fspath(first), os.fspath(second)
