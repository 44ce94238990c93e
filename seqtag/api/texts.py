"""Files of labelled texts as tokenized texts, for training and evaluation."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seqtag.api.corpora import ShowProgress, check_parts, corpus_files
from seqtag.config import DataConfig
from seqtag.errors import DataError
from seqtag.io.block import plural
from seqtag.io.labelled import (
    Header,
    LabelledFormat,
    TextColumns,
    guess_labelled_format,
    parse_text_columns,
    read_labelled,
)
from seqtag.io.sentence_store import SentenceStore
from seqtag.text.sentence import Sentence
from seqtag.text.texts import Texts
from seqtag.text.tokenization import TextTokenizer, make_tokenizer
from seqtag.training.preparation import Part, split_numbers
from seqtag.training.spec import ClassifierSpec

logger = logging.getLogger("seqtag")


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How a file of labelled texts is written.

    Attributes:
        format: Its format.
        columns: Its columns.
        header: Whether its first row holds names.
    """

    format: LabelledFormat
    columns: TextColumns
    header: Header


@dataclass(frozen=True, slots=True)
class LabelledCorpus:
    """The texts of a run.

    Attributes:
        train: The training part.
        dev: The part that progress is measured on.
        test: The part that is scored once, or nothing.
        layout: How the files are written.
    """

    train: Texts
    dev: Texts
    test: Texts
    layout: TextLayout


def read_labelled_corpus(data: DataConfig, fetching: ShowProgress | None = None) -> LabelledCorpus:
    """Read a run's files, splitting dev off train where there is no dev file.

    Args:
        data: Which files, and how they are read.
        fetching: Called as bytes of a public corpus arrive.

    Raises:
        ConfigError: There is no training file, or the columns are not understood.
        DataError: A file cannot be read, holds no text, or a line is not as it must be; or all
            training texts have the same label.
    """
    check_parts(data)
    data = corpus_files(data, fetching)
    tokenizer = make_tokenizer(data.tokenizer, data.language)
    layout = text_layout(data.train, data)
    train = read_texts(data.train, layout, tokenizer, on_disk=True)
    others = [
        read_texts(path, text_layout(path, data), tokenizer) if path else Texts([], [])
        for path in (data.dev, data.test)
    ]
    if len(set(train.labels)) < 2:
        raise DataError(
            f"every text has the label '{train.labels[0]}', so that there is nothing to tell "
            "apart: give texts of two labels at least; or check --columns",
            path=data.train,
        )
    dev = others[0]
    if not data.dev:
        train, dev = _split_dev(train, data.dev_share)
    return LabelledCorpus(train, dev, others[1], layout)


def text_layout(path: str, data: DataConfig) -> TextLayout:
    """Return how one of a run's files is written.

    Raises:
        ConfigError: The columns are not understood.
        DataError: The file has to be looked at and cannot be read.
    """
    given = data.format
    format: LabelledFormat
    if given == "auto" or given == "conll" or given == "conllu" or given == "pairs":
        format = guess_labelled_format(path)
    else:
        format = given
    # Formats without columns have no use for what is said of the others.
    columns = data.columns if format in ("tsv", "csv", "jsonl") else None
    return TextLayout(format, parse_text_columns(columns or None, format), data.header)


def spec_layout(
    spec: ClassifierSpec, path: str, columns: str | None, *, labels_required: bool
) -> TextLayout:
    """Return how a file is written that a classifier is applied to.

    Args:
        spec: The classifier.
        path: The file.
        columns: Column specification; None for that of the training files, or where these had
            another format, for the format's default.
        labels_required: Whether the file must have labels.

    Raises:
        ConfigError: The columns are not understood.
        DataError: The file has to be looked at and cannot be read.
    """
    format = guess_labelled_format(path, labels_required=labels_required)
    header = spec.header
    if columns is None and format == spec.format:
        return TextLayout(format, parse_text_columns(spec.file_columns or None, format), header)
    return TextLayout(format, parse_text_columns(columns, format), "auto")


def read_texts(
    path: str, layout: TextLayout, tokenizer: TextTokenizer, *, on_disk: bool = False
) -> Texts:
    """Read and tokenize all texts of a file.

    Args:
        path: The file.
        layout: How it is written.
        tokenizer: What splits the texts.
        on_disk: Whether to keep the tokens on disk, and nothing of what stands between them.

    Raises:
        DataError: The file cannot be read, holds no text, or a line is not as it must be.
    """
    labels: list[str] = []
    known: dict[str, str] = {}

    def read() -> Iterator[Sentence]:
        for item in read_labelled(
            path, layout.columns, layout.format, header=layout.header, labels_required=True
        ):
            sentence = tokenizer.tokenize(item.text)
            if not sentence.tokens:
                raise DataError(
                    "the text has no word; write one, or take the line out",
                    path=item.path,
                    line=item.line,
                )
            assert item.label is not None  # the reader sees to that
            labels.append(known.setdefault(item.label, item.label))
            yield sentence

    sentences: Sequence[Sentence] = SentenceStore(read()) if on_disk else list(read())
    return Texts(sentences, labels)


def _split_dev(texts: Texts, share: float) -> tuple[Texts, Texts]:
    """Split a part off the training texts, which keep a text of each label."""
    train, dev = split_numbers(len(texts), share)
    left_out = set(dev.tolist())
    kept = {texts.labels[number] for number in train.tolist()}
    for number in dev.tolist():
        if texts.labels[number] not in kept:
            kept.add(texts.labels[number])
            left_out.discard(number)
    if not left_out:
        logger.warning(
            "no dev file, and no training text that can be spared: progress is measured on train, "
            "so that the scores on dev say nothing"
        )
        return texts, texts
    is_dev = np.isin(np.arange(len(texts)), list(left_out))
    logger.warning(
        "no dev file: %d of the %d training texts are set aside to measure progress",
        *(is_dev.sum(), len(texts)),
    )
    return _some(texts, np.flatnonzero(~is_dev)), _some(texts, np.flatnonzero(is_dev))


def _some(texts: Texts, numbers: npt.NDArray[np.int64]) -> Texts:
    labels = [texts.labels[number] for number in numbers.tolist()]
    return Texts(Part(texts.sentences, numbers), labels)


def tell_unknown_labels(labels: Iterable[str], part: str, texts: Texts) -> None:
    """Tell which labels of a part a classifier cannot predict."""
    counts = Counter(texts.labels)
    for label in labels:
        counts.pop(label, None)
    if counts:
        told = ", ".join(f"{label} ({n})" for label, n in counts.most_common(5))
        logger.warning(
            "%s of %s with labels that training never shows, all counted as wrong: %s%s",
            *(plural(counts.total(), "text"), part),
            *(told, ", …" if len(counts) > 5 else ""),
        )
