"""The section ``data`` of a configuration: files."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from seqtag.config.keys import key
from seqtag.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class DataConfig:
    """Which files are read, and how."""

    train: str = key("", "training file")
    more: str = key(
        "", "further texts to learn from, with commas between, of annotated files the tokens"
    )
    dev: str = key("", "development file; without one a part of train is split off")
    test: str = key("", "test file, scored once at the end")
    format: Literal[
        "auto", "conll", "conllu", "tsv", "csv", "jsonl", "fasttext", "folder", "pairs", "text"
    ] = key("auto", "auto goes by the file name; pairs: two files, line by line")
    columns: str = key(
        "", "such as token=0,feature=1,tag=3, token=FORM,tag=UPOS+XPOS or text=review,label=stars"
    )
    header: Literal["auto", "yes", "no"] = key(
        "auto", "first row of TSV and CSV holds names; auto: where it looks so"
    )
    source: str = key(
        "", "what is translated: the ending of a file's name, as en, or a column's name"
    )
    target: str = key("", "what it is translated to, named as data.source is")
    max_units: int = key(
        200, "pairs of which a side is longer are left out of training", low=1, high=10**5
    )
    max_ratio: float = key(
        9.0, "so are pairs of which a side has more than this many times the other's units", low=1.0
    )
    artefacts: Literal["keep", "undo", "split"] = key(
        "keep",
        "traces of tokenization in plain text, as ' @-@ ' and ' ,'; undo: clean text; split: all "
        "tokens apart, as taggers read them",
    )
    comment: str = key("", "beginning of CoNLL comment lines; empty for none")
    dev_share: float = key(0.1, "part of train split off without a dev file", low=0.01, high=0.5)
    scheme: Literal["auto", "none", "iob1", "bio", "bioes", "bilou"] = key(
        "auto", "tag scheme of the files; none for tags that are no spans"
    )
    tokenizer: str = key(
        "spacy",
        "what splits texts into tokens: spacy; space, at white space, for tokenized corpora; or "
        "torchtext:NAME, a tokenizer of torchtext's, as torchtext:basic_english",
    )
    language: str = key("en", "language of spaCy's tokenizer for raw text")

    @property
    def tokenizer_language(self) -> str:
        """The language by whose rules texts are split; ``xx`` where there is no need of rules."""
        return "xx" if self.tokenizer == "space" else self.language

    def __post_init__(self) -> None:
        """Refuse a tokenizer that there is not."""
        kinds = ("spacy", "space", "torchtext:NAME")
        if self.tokenizer not in kinds[:2] and not self.tokenizer.startswith("torchtext:"):
            near = difflib.get_close_matches(self.tokenizer, kinds, n=1)
            advice = f" (did you mean {near[0]}?)" if near else ""
            raise ConfigError(
                f"data.tokenizer is {self.tokenizer!r}: give one of {', '.join(kinds)}{advice}"
            )
