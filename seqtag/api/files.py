"""Tagging files and pipes: text in, text out, each result as soon as it can be had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

from seqtag.api.corpora import corpus_path
from seqtag.api.data import Layout, prediction_layout, rename_features
from seqtag.api.streams import arrived
from seqtag.api.tagger import Tagger
from seqtag.errors import ConfigError
from seqtag.io.annotated import read_blocks, tagged_lines
from seqtag.io.block import Block
from seqtag.io.columns import guess_format
from seqtag.io.results import ResultFormat, result_text
from seqtag.io.tokens import read_text_lines, read_token_lines
from seqtag.text.sentence import Sentence

InputFormat: TypeAlias = Literal["conll", "conllu", "tokens", "text"]


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

    for chunk in arrived(blocks, lambda block: len(block.rows)):
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
    for chunk in arrived(groups, lambda group: sum(len(sentence) for sentence in group)):
        sentences = tagger.tag_batch([s for group in chunk for s in group], nbest=nbest)
        yield "".join(result_text(s, output, confidence=confidence) for s in sentences)
