"""Two classifiers on the same file."""

from __future__ import annotations

from seqtag.api.classifier import Classifier
from seqtag.api.label_evaluation import examine_labels, read_labelled_file
from seqtag.errors import ConfigError
from seqtag.report.label_comparison import LabelComparison, compare_labels


def compare_classifiers(
    classifiers: tuple[Classifier, Classifier],
    names: tuple[str, str],
    file: str,
    columns: str | None,
) -> LabelComparison:
    """Compare two classifiers on a file of labelled texts.

    Args:
        classifiers: The two.
        names: What they are called.
        file: The file, which can be read twice.
        columns: Column specification; None for those of the training files.

    Raises:
        ConfigError: The columns are not understood, or mean something else to each.
        DataError: The file cannot be read, holds no text, or a line is not as it must be.
    """
    found = []
    for classifier in classifiers:
        texts = read_labelled_file(classifier, file, columns=columns)
        found.append(examine_labels(classifier, texts))
    first, second = found
    if first.texts.labels != second.texts.labels:
        raise ConfigError("the runs find different labels here: name the columns", path=file)
    return LabelComparison(
        first=names[0],
        second=names[1],
        source=file,
        gold=first.texts.labels,
        answers=(first.predicted, second.predicted),
        scores=(first.scores, second.scores),
        accuracy=compare_labels(first.texts.labels, first.predicted, second.predicted),
    )
