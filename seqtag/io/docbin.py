"""spaCy's annotated documents (``.spacy``, DocBin), read as the text formats that stand for them.

Taggers' readers and checks are given CoNLL-U: the sentences, ``LEMMA``, ``UPOS``, ``XPOS``,
``FEATS``, ``HEAD`` and ``DEPREL``, and in MISC the entities (``NER``) and groups of spans
(``spans.KEY``) as BIO tags. Those of classifiers are given JSON Lines, with ``text`` and ``label``.
So a document is read as any other annotation is.
"""

from __future__ import annotations

import gzip
import io
import json
import logging
import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from seqtag.errors import ConfigError, DataError
from seqtag.io.block import plural
from seqtag.io.files import os_data_error
from seqtag.io.lines import Source

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

logger = logging.getLogger("seqtag")

SUFFIX = ".spacy"
"""The ending of files that spaCy writes for training."""

SUFFIXES = (SUFFIX, f"{SUFFIX}.gz")
"""The endings of files that are read."""

ENTITIES = "NER"
"""The key in MISC of the entities' tags."""

GROUP = "spans."
"""What stands before the name of a group of spans in its key in MISC."""

_ATTRIBUTES = {
    "UPOS": "POS",
    "XPOS": "TAG",
    "FEATS": "MORPH",
    ENTITIES: "ENT_IOB",
    "LEMMA": "LEMMA",
    "DEPREL": "DEP",
}
"""What spaCy calls the columns."""

_GZIP_MAGIC = b"\x1f\x8b"
_LINES = 64
_NOTHING = "_"
_POSITIVE = 0.5
"""From this on, a category is one of a document's."""


def is_docbin(source: Source) -> bool:
    """Tell by a source's name whether it is a file of spaCy's documents."""
    return isinstance(source, str | os.PathLike) and os.fspath(source).lower().endswith(SUFFIXES)


def as_conllu(source: Source, wanted: Sequence[str] = (), *, required: bool = False) -> Source:
    """Return a file of documents as CoNLL-U, and any other source as it is.

    What spaCy has no annotation for is unknown, and not "none of it". So where annotation is
    required, documents are left out in which a token has none of a kind that is wanted, and how
    many these are is told.

    Args:
        source: The source.
        wanted: The columns that are read besides the tokens, such as ``UPOS`` or `ENTITIES`.
        required: Whether they must be annotated.

    Raises:
        DataError: When it is read: the file cannot be read, or holds something else; no document
            has what is wanted; spans that are wanted overlap, or have a label that is no tag.
    """
    return _view(source, partial(_conllu_lines, wanted=wanted, required=required))


def as_json_lines(source: Source, *, required: bool = False) -> Source:
    """Return a file of documents as JSON Lines, and any other source as it is.

    Args:
        source: The source.
        required: Whether each document must have a category.

    Raises:
        DataError: When it is read: the file cannot be read, or holds something else; or a document
            has several categories, or none that is required.
    """
    return _view(source, partial(_json_lines, required=required))


def _view(source: Source, show: Callable[[str], Iterator[str]]) -> Source:
    if not is_docbin(source):
        return source
    assert isinstance(source, str | os.PathLike)
    path = os.fspath(source)
    return io.BufferedReader(_Stream(path, show(path)))


class _Stream(io.RawIOBase):
    """Lines as a file.

    Args:
        name: What messages call it.
        lines: The lines without their ends.
    """

    def __init__(self, name: str, lines: Iterator[str]) -> None:
        super().__init__()
        self.name = name
        self._lines = lines
        self._rest = b""

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - as the base class has it
        """Fill a buffer as far as the next lines go; return how far, 0 at the end."""
        if not self._rest:
            some = islice(self._lines, _LINES)
            self._rest = "".join(f"{line}\n" for line in some).encode("utf-8")
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def _documents(path: str) -> Iterator[Doc]:
    """Yield the documents of a file.

    Raises:
        ConfigError: spaCy is not installed.
        DataError: The file cannot be read, or holds something else.
    """
    try:
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab
    except ImportError as error:
        raise ConfigError(
            "files of spaCy's documents are read by spaCy, which is not installed: "
            "pip install spacy",
            path=path,
        ) from error
    try:
        content = Path(path).read_bytes()
        if content.startswith(_GZIP_MAGIC):
            content = gzip.decompress(content)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(
            f"the gzip data is damaged ({error}); copy the file anew", path=path
        ) from error
    except OSError as error:
        raise os_data_error(error, path, "read") from error
    # Whatever is wrong with its bytes, spaCy says so with errors of many kinds.
    try:
        found = DocBin().from_bytes(content)
        documents = found.get_docs(Vocab())
    except Exception as error:  # noqa: BLE001
        raise _damaged(path, error) from error
    while True:
        try:
            doc = next(documents, None)
        except Exception as error:  # noqa: BLE001
            raise _damaged(path, error) from error
        if doc is None:
            return
        yield doc


def _damaged(path: str, error: Exception) -> DataError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    reason = shorten(reason, 100, placeholder=" ...")
    return DataError(
        f"these are no documents of spaCy's, or not all of them ({reason}); write them with "
        "DocBin.to_disk",
        path=path,
    )


def _conllu_lines(path: str, wanted: Sequence[str], required: bool) -> Iterator[str]:
    """Yield the lines of all documents that have what is wanted, if it is required."""
    left: list[int] = []
    kinds: dict[str, None] = {}
    number = 0
    for number, doc in enumerate(_documents(path), 1):
        if required and len(doc):
            kinds |= dict.fromkeys(_annotated(doc))
            if any(_is_known(name) and not _has(doc, name) for name in wanted):
                left.append(number)
                continue
        yield from _conllu(doc, f"document {number}", path, wanted)
    columns = "+".join(wanted)
    if left and len(left) == number:
        advice = "they have no annotation that can be learnt"
        if kinds:
            first, listed = next(iter(kinds)), ", ".join(kinds)
            advice = f"what they have is {listed}: name one, as in --columns tag={first}"
        raise DataError(f"no document has {columns} of all its tokens; {advice}", path=path)
    if left:
        logger.warning(
            "%s: left out %s of %d, in which not all tokens have %s, the first is document %d",
            *(path, plural(len(left), "document"), number, columns, left[0]),
        )


def _is_known(name: str) -> bool:
    return name in _ATTRIBUTES or name.startswith(GROUP)


def _has(doc: Doc, name: str) -> bool:
    """Tell whether a document has annotation of a kind."""
    if name.startswith(GROUP):
        return name.removeprefix(GROUP) in doc.spans
    return bool(doc.has_annotation(_ATTRIBUTES[name], require_complete=name == ENTITIES))


def _annotated(doc: Doc) -> Iterator[str]:
    """Yield the kinds of annotation of a document that a tag column can be read from."""
    yield from (name for name in _ATTRIBUTES if _has(doc, name))
    yield from (GROUP + key for key in doc.spans if _is_plain(key))


def _is_plain(key: str) -> bool:
    """Tell whether a key can stand in MISC and in the specification of columns."""
    return key.split() == [key] and not set("|=+,") & set(key)


def _conllu(doc: Doc, place: str, path: str, wanted: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a document's sentences."""
    groups = {ENTITIES: doc.ents} if doc.has_annotation("ENT_IOB") else {}
    groups |= {GROUP + key: tuple(spans) for key, spans in doc.spans.items() if _is_plain(key)}
    tags: dict[str, list[str]] = {}
    for key, spans in groups.items():
        try:
            tags[key] = _bio(doc, spans)
        except _Unfit as error:
            if key in wanted:  # else nobody is concerned
                raise DataError(f"{place}: {key}: {error}", path=path) from error
    for sentence in doc.sents if doc.has_annotation("SENT_START") else [doc[:]]:
        # That a token is white space only a vocabulary of a language would know.
        tokens = [token for token in sentence if not token.text.isspace()]
        if not tokens:
            continue
        text = " ".join(sentence.text.split())
        yield f"# text = {text}"
        numbers = {token.i: str(number) for number, token in enumerate(tokens, 1)}
        for token in tokens:
            misc = [f"{key}={column[token.i]}" for key, column in tags.items()]
            if not token.whitespace_:
                misc.append("SpaceAfter=No")
            yield "\t".join(_row(token, numbers, misc))
        yield ""


def _row(token: Token, numbers: dict[int, str], misc: list[str]) -> Iterator[str]:
    """Yield the ten columns of a token."""
    yield numbers[token.i]
    for cell in (token.text, token.lemma_, token.pos_, token.tag_, str(token.morph)):
        yield " ".join(cell.split()) or _NOTHING
    is_attached = token.has_dep() and token.head.i in numbers
    if not is_attached:
        yield _NOTHING
    else:
        yield "0" if token.head.i == token.i else numbers[token.head.i]
    yield token.dep_ or _NOTHING
    yield _NOTHING
    yield "|".join(misc) or _NOTHING


class _Unfit(Exception):  # noqa: N818 - becomes one that tells of the document
    """Why spans cannot be tags."""


def _bio(doc: Doc, spans: Iterable[Span]) -> list[str]:
    """Return a tag for each token of a document; one of white space says nothing.

    Raises:
        _Unfit: Spans overlap, or a label is no tag.
    """
    tags = [""] * len(doc)
    for span in spans:
        label = span.label_
        if label.split() != [label] or "|" in label:
            raise _Unfit(f"label {label!r} is no tag; give it another name")
        begin = "B"
        for place in range(span.start, span.end):
            if tags[place]:
                raise _Unfit(
                    f"span {span.text!r} overlaps another, and a token has one tag; leave one of "
                    "them out"
                )
            tags[place] = f"{begin}-{label}"
            if not doc[place].text.isspace():  # which the lines do not have
                begin = "I"
    return [tag or "O" for tag in tags]


def _json_lines(path: str, required: bool) -> Iterator[str]:
    """Yield each document's text with its category.

    Raises:
        DataError: It has several, or none that is required.
    """
    for number, doc in enumerate(_documents(path), 1):
        found = [label for label, score in doc.cats.items() if score >= _POSITIVE]
        if len(found) > 1:
            raise DataError(
                f"document {number}: the text {doc.text[:40]!r} has the categories "
                f"{' and '.join(found)}, and a classifier gives one; leave the others out",
                path=path,
            )
        if required and not found:
            raise DataError(
                f"document {number}: no category of the text {doc.text[:40]!r} has {_POSITIVE} or "
                "more; give it one in doc.cats, or leave it out",
                path=path,
            )
        label = {"label": found[0]} if found else {}
        yield json.dumps({"text": doc.text, **label}, ensure_ascii=False)
