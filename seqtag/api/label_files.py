"""Labelling files and pipes: texts in, labels out, each result as soon as it can be had."""

from __future__ import annotations

from collections.abc import Iterator

from seqtag.api.classifier import Classifier
from seqtag.api.corpora import corpus_path
from seqtag.api.streams import arrived
from seqtag.api.texts import TextLayout, spec_layout
from seqtag.errors import ConfigError
from seqtag.io.label_results import label_text as label_text  # for those who write them
from seqtag.io.labelled import LabelledFormat, parse_text_columns, read_labelled
from seqtag.text.label import Label


def classify_file(
    classifier: Classifier,
    source: str = "-",
    *,
    columns: str | None = None,
    input: LabelledFormat | None = None,
) -> Iterator[list[Label]]:
    """Label the texts of a file or a pipe.

    Results are yielded as soon as what arrived so far has been labelled; a file is read in large
    batches, a slow pipe text by text, with the same results.

    Args:
        classifier: The classifier.
        source: A path, ``corpus:NAME/PART``, or ``-`` for standard input.
        columns: Column specification of a TSV, CSV or JSON Lines file; None for that of the
            training files. Only the text's counts.
        input: What the source holds; None goes by its name. ``text`` is a text a line, and what
            standard input holds.

    Yields:
        The labels of the texts that have arrived, in order; a text that is empty has one too.

    Raises:
        ConfigError: The columns are not understood.
        DataError: The source cannot be read, or a line is not as it must be; what stands before
            that line has been yielded.
    """
    source = corpus_path(source, task="classify")
    layout = _layout(classifier, source, columns, input)
    tokenizer = classifier.tokenizer
    sentences = (
        tokenizer.tokenize(item.text)
        for item in read_labelled(
            source, layout.columns, layout.format, header=layout.header, labels_required=False
        )
    )
    return (classifier.classify_batch(chunk) for chunk in arrived(sentences, len))


def _layout(
    classifier: Classifier, source: str, columns: str | None, input: LabelledFormat | None
) -> TextLayout:
    spec = classifier.spec
    if input is None:
        return spec_layout(spec, source, columns, labels_required=False)
    if columns is None and input == spec.format:
        return TextLayout(input, parse_text_columns(spec.file_columns or None, input), spec.header)
    if columns is not None and input in ("text", "fasttext", "folder"):
        raise ConfigError(f"--columns has no meaning for --input {input}")
    return TextLayout(input, parse_text_columns(columns, input), "auto")
