"""spaCy's annotated documents (``.spacy``, DocBin), read as the text formats that stand for them.

Taggers' readers and checks are given CoNLL-U: the sentences, ``LEMMA``, ``UPOS``, ``XPOS``,
``FEATS``, ``HEAD`` and ``DEPREL``, and in MISC the entities (``NER``) and groups of spans
(``spans.KEY``) as BIO tags. Those of classifiers are given JSON Lines, with ``text`` and ``label``.
So a document is read as any other annotation is.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqtag.errors import ConfigError, DataError
from seqtag.io.files import os_data_error
from seqtag.io.lines import Source

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

SUFFIX = ".spacy"
"""The ending of files that spaCy writes for training."""

ENTITIES = "NER"
"""The key in MISC of the entities' tags."""

GROUP = "spans."
"""What stands before the name of a group of spans in its key in MISC."""

_NOTHING = "_"
_POSITIVE = 0.5
"""From this on, a category is one of a document's."""


def is_docbin(source: Source) -> bool:
    """Tell by a source's name whether it is a file of spaCy's documents."""
    return isinstance(source, str | os.PathLike) and os.fspath(source).lower().endswith(SUFFIX)


def as_conllu(source: Source) -> Source:
    """Return a file of documents as CoNLL-U, and any other source as it is.

    Raises:
        DataError: When it is read: the file cannot be read, or holds something else.
    """
    return _view(source, _conllu)


def as_json_lines(source: Source) -> Source:
    """Return a file of documents as JSON Lines, and any other source as it is.

    Raises:
        DataError: As for `as_conllu`.
    """
    return _view(source, _json_line)


def _view(source: Source, show: Callable[[Doc, str], Iterable[str]]) -> Source:
    if not is_docbin(source):
        return source
    assert isinstance(source, str | os.PathLike)
    path = os.fspath(source)
    lines = (line for doc in _documents(path) for line in show(doc, path))
    return io.BufferedReader(_Stream(path, lines))


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
        """Fill a buffer as far as the next line goes; return how far, 0 at the end."""
        if not self._rest:
            self._rest = "".join(f"{line}\n" for line in _some(self._lines)).encode("utf-8")
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def _some(lines: Iterator[str]) -> Iterator[str]:
    """Yield some lines, a sentence or so: until there is an empty one or none is left."""
    for line in lines:
        yield line
        if not line:
            return


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
    return DataError(
        f"these are no documents of spaCy's ({reason[:100]}); write them with DocBin.to_disk",
        path=path,
    )


def _conllu(doc: Doc, path: str) -> Iterator[str]:
    """Yield the lines of a document's sentences."""
    groups = {ENTITIES: doc.ents} if doc.has_annotation("ENT_IOB") else {}
    groups |= {GROUP + key: tuple(spans) for key, spans in doc.spans.items()}
    tags = {key: _bio(doc, key, spans, path) for key, spans in groups.items()}
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


def _bio(doc: Doc, key: str, spans: Iterable[Span], path: str) -> list[str]:
    """Return a tag for each token of a document.

    Raises:
        DataError: Spans overlap, or the key or a label cannot stand in MISC.
    """
    if key.split() != [key] or "|" in key or "=" in key:
        raise DataError(f"{key!r} is no key of spans; give it another name", path=path)
    tags = ["O"] * len(doc)
    for span in spans:
        label = span.label_
        if label.split() != [label] or "|" in label:
            raise DataError(f"{key}: label {label!r} is no tag; give it another name", path=path)
        for place in range(span.start, span.end):
            if tags[place] != "O":
                raise DataError(
                    f"{key}: span {span.text!r} overlaps another, and a token has one tag; leave "
                    "one of them out",
                    path=path,
                )
            tags[place] = f"{'B' if place == span.start else 'I'}-{label}"
    return tags


def _json_line(doc: Doc, path: str) -> Iterator[str]:
    """Yield a document's text with its category.

    Raises:
        DataError: It has several.
    """
    found = [label for label, score in doc.cats.items() if score >= _POSITIVE]
    if len(found) > 1:
        raise DataError(
            f"the text {doc.text[:40]!r} has the categories {' and '.join(found)}, and a "
            "classifier gives one; leave the others out",
            path=path,
        )
    label = {"label": found[0]} if found else {}
    yield json.dumps({"text": doc.text, **label}, ensure_ascii=False)
    yield ""
