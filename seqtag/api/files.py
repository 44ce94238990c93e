"""Tagging files and pipes: text in, text out, each result as soon as it can be had."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, TypeAlias, TypeVar

from seqtag.api.corpora import corpus_path
from seqtag.api.data import Layout, prediction_layout, rename_features
from seqtag.api.tagger import CHUNK_TOKENS, Tagger
from seqtag.errors import ConfigError
from seqtag.io.annotated import read_blocks, tagged_lines
from seqtag.io.block import Block
from seqtag.io.columns import guess_format
from seqtag.io.results import ResultFormat, result_text
from seqtag.io.tokens import read_text_lines, read_token_lines
from seqtag.text.sentence import Sentence

InputFormat: TypeAlias = Literal["conll", "conllu", "tokens", "text"]
T = TypeVar("T")

_READ_AHEAD = 1024  # items, such as sentences


def tag_file(
    tagger: Tagger,
    source: str = "-",
    *,
    columns: str | None = None,
    input: InputFormat | None = None,
    output: ResultFormat | None = None,
    nbest: int = 0,
    confidence: bool = False,
) -> Iterator[str]:
    """Tag a file or a pipe.

    Results are yielded as soon as what arrived so far has been tagged; a file is tagged in large
    batches, a slow pipe sentence by sentence, with the same results.

    Args:
        tagger: The tagger.
        source: A path, ``corpus:NAME/PART``, or ``-`` for standard input.
        columns: Column specification of a CoNLL or CoNLL-U file; None for that of the training
            files.
        input: What the source holds; None goes by its name, and standard input is CoNLL.
            ``tokens`` is a sentence a line, its tokens separated by spaces; ``text`` is raw text,
            every line a text of its own.
        output: What is yielded; None for the format of a CoNLL or CoNLL-U source, for ``jsonl``
            with ``nbest``, else CoNLL. In the format of the source, all of its lines are kept and
            only tags are replaced or added.
        nbest: How many of the best tag sequences to give, in ``jsonl``.
        confidence: Whether to add the probability of each tag.

    Yields:
        Pieces of the output, to be encoded as UTF-8 as they are.

    Raises:
        ConfigError: The options do not go together.
        DataError: The source cannot be read, or a line is not as it must be; what stands before
            that line has been yielded.
    """
    source = corpus_path(source, task="tag")
    if input is None:
        input = guess_format(source)
    if output is None:
        output = "jsonl" if nbest else input if input in ("conll", "conllu") else "conll"
    if nbest and output != "jsonl":
        raise ConfigError(f"--nbest needs --output jsonl, {output} has no place for it")
    if input in ("tokens", "text"):
        if columns is not None:
            raise ConfigError(f"--columns has no meaning for --input {input}")
        if tagger.spec.features:
            raise ConfigError(
                f"the model reads features ({'+'.join(tagger.spec.features)}), for which --input "
                f"{input} has no place: give a CoNLL file that has them"
            )
        return _tag_sentences(tagger, source, input, output, nbest, confidence)
    layout = prediction_layout(tagger.spec, "conllu" if input == "conllu" else "conll", columns)
    return _tag_blocks(tagger, source, layout, output, nbest, confidence)


def _tag_blocks(
    tagger: Tagger,
    source: str,
    layout: Layout,
    output: ResultFormat,
    nbest: int,
    confidence: bool,
) -> Iterator[str]:
    """Tag CoNLL or CoNLL-U."""
    blocks = read_blocks(
        source,
        layout.columns,
        layout.format,
        comment=layout.comment,
        trained_columns=layout.width,
    )

    def write(block: Block, sentence: Sentence) -> str:
        if output == layout.format:
            return tagged_lines(
                block,
                layout.columns,
                layout.format,
                list(sentence.tags_by.values()),
                confidence=list(sentence.scores_by.values()) if confidence else None,
                trained_columns=layout.width,
            )
        if not block.rows:  # what follows the last sentence
            return ""
        return result_text(sentence, output, confidence=confidence)

    for chunk in _arrived(blocks, lambda block: len(block.rows)):
        for block in chunk:
            block.sentence.features_by = rename_features(block.sentence, tagger.spec)
        sentences = tagger.tag_batch([block.sentence for block in chunk], nbest=nbest)
        yield "".join(write(*pair) for pair in zip(chunk, sentences, strict=True))


def _tag_sentences(
    tagger: Tagger,
    source: str,
    input: InputFormat,
    output: ResultFormat,
    nbest: int,
    confidence: bool,
) -> Iterator[str]:
    """Tag lines of tokens or of raw text."""
    groups: Iterable[Sequence[Sentence]]
    if input == "tokens":
        groups = ([sentence] for sentence in read_token_lines(source))
    else:
        groups = (list(tagger.tokenizer.split(line)) for line in read_text_lines(source))
    for chunk in _arrived(groups, lambda group: sum(len(sentence) for sentence in group)):
        sentences = tagger.tag_batch([s for group in chunk for s in group], nbest=nbest)
        yield "".join(result_text(s, output, confidence=confidence) for s in sentences)


def _arrived(items: Iterable[T], tokens_of: Callable[[T], int]) -> Iterator[list[T]]:
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
