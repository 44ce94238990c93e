"""Files of texts with a label each, in several formats."""

from seqtag.io.labelled.columns import (
    LabelledFormat,
    TextColumns,
    guess_labelled_format,
    parse_text_columns,
)
from seqtag.io.labelled.layout import Header
from seqtag.io.labelled.reader import read_labelled

__all__ = [
    "Header",
    "LabelledFormat",
    "TextColumns",
    "guess_labelled_format",
    "parse_text_columns",
    "read_labelled",
]
