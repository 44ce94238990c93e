"""Streams of texts: as many at once as make good batches, and none kept waiting."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from seqtag.text.sentence import Sentence

CHUNK_TOKENS = 32_768
"""Tokens that a stream reads ahead, to batch sentences of similar length."""

FIRST_CHUNK_TOKENS = 512
"""Tokens read before a stream's first result; the read-ahead then doubles."""

T = TypeVar("T")

_READ_AHEAD = 1024  # items, such as sentences


def arrived(items: Iterable[T], tokens_of: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield what has arrived of a stream, as a list of at least one item.

    A thread reads ahead. So a fast source gives lists of many items, which make good batches, and
    a slow one gives each item as soon as it is there.

    Args:
        items: The stream.
        tokens_of: Tells how many tokens an item has; a list has about `CHUNK_TOKENS` at most.

    Raises:
        Exception: Whatever reading the stream raised, behind all items before it.
    """
    arrived: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(_READ_AHEAD)
    abandoned = threading.Event()

    def read() -> None:
        end: BaseException | None = None
        try:
            for item in items:
                arrived.put((True, item))
                if abandoned.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - raised again where the items are used
            end = error
        arrived.put((False, end))

    threading.Thread(target=read, name="seqtag-reader", daemon=True).start()
    try:
        while True:
            chunk: list[T] = []
            tokens = 0
            is_item, value = arrived.get()
            while is_item:
                chunk.append(value)  # type: ignore[arg-type]  # is_item says that it is one
                tokens += tokens_of(chunk[-1]) + 1  # so that empty items do not gather for ever
                if tokens >= CHUNK_TOKENS:
                    break
                try:
                    is_item, value = arrived.get_nowait()
                except queue.Empty:
                    break
            if chunk:
                yield chunk
            if not is_item:
                if isinstance(value, BaseException):
                    raise value
                return
    finally:
        abandoned.set()
        with contextlib.suppress(queue.Empty):
            arrived.get_nowait()  # makes room for a thread that waits for it


def chunks(sentences: Iterable[Sentence]) -> Iterator[list[Sentence]]:
    """Gather a stream into lists, small at first and never larger than `CHUNK_TOKENS`.

    A sentence counts as one token more than it has, so that empty ones do not gather for ever.
    """
    limit = FIRST_CHUNK_TOKENS
    chunk: list[Sentence] = []
    tokens = 0
    for sentence in sentences:
        chunk.append(sentence)
        tokens += len(sentence.tokens) + 1
        if tokens >= limit:
            yield chunk
            chunk, tokens = [], 0
            limit = min(2 * limit, CHUNK_TOKENS)
    if chunk:
        yield chunk
