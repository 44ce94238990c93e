"""Scoring a tagger on annotated sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seqtag.api.corpora import corpus_path
from seqtag.api.corpus import tell_unknown_tags
from seqtag.api.data import prediction_layout, read_sentences, rename_columns
from seqtag.api.tagger import Tagger
from seqtag.errors import ConfigError
from seqtag.io.columns import Format, guess_format
from seqtag.text.sentence import Sentence
from seqtag.training.preparation import in_file_scheme
from seqtag.training.scores import confusion, score_columns


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A tagger's answers on annotated sentences, and how good they are.

    Attributes:
        gold: The annotated sentences.
        predicted: The same sentences as the tagger tags them, without ``marginals_by``.
        scores: As `evaluate` returns them.
    """

    gold: Sequence[Sentence]
    predicted: Sequence[Sentence]
    scores: dict[str, Any]


def evaluate_file(
    tagger: Tagger, path: str, *, columns: str | None = None, format: Format | None = None
) -> dict[str, Any]:
    """Score a tagger on an annotated file; the arguments are those of `read_annotated`.

    Returns:
        As for `evaluate`.

    Raises:
        ConfigError: The columns are not understood, or have to be named.
        DataError: The file cannot be read, holds no sentence, or a line is not as it must be.
    """
    return evaluate(tagger, read_annotated(tagger, path, columns=columns, format=format))


def read_annotated(
    tagger: Tagger, path: str, *, columns: str | None = None, format: Format | None = None
) -> list[Sentence]:
    """Read an annotated file as a tagger's own: its columns and schemes are called as there.

    Args:
        tagger: The tagger.
        path: The file, or ``corpus:NAME/PART``; ``-`` is standard input.
        columns: Column specification; None for that of the training files.
        format: The file's format; None to go by its name.

    Raises:
        ConfigError: The columns are not understood, or have to be named.
        DataError: The file cannot be read, holds no sentence, or a line is not as it must be.
    """
    path = corpus_path(path, task="tag")
    if format is None:
        format = "conllu" if path == "-" and tagger.spec.format == "conllu" else guess_format(path)
    if columns is None and format != tagger.spec.format:
        raise ConfigError(
            f"the model was trained on {tagger.spec.format} and this is {format}: name the columns "
            "of its tokens and tags with --columns",
            path=path,
        )
    read, _ = read_sentences(path, prediction_layout(tagger.spec, format, columns))
    sentences: Sequence[Sentence] = rename_columns(read, tagger.spec)
    for column in tagger.spec.columns:
        sentences = in_file_scheme(column, sentences, "this file")
    tell_unknown_tags(tagger.spec, "this file", sentences)
    return list(sentences)


def evaluate(tagger: Tagger, sentences: Sequence[Sentence]) -> dict[str, Any]:
    """Score a tagger on annotated sentences.

    Args:
        tagger: The tagger.
        sentences: Sentences with tags in all of its columns.

    Returns:
        The scores of `seqtag.training.scores.score_columns`, and for each column under
        ``confusion`` how often which tag was taken for which.
    """
    return examine(tagger, sentences).scores


def examine(tagger: Tagger, sentences: Sequence[Sentence]) -> Evaluation:
    """Tag annotated sentences and score the tags; as `evaluate`, but keeping the answers.

    What is kept grows with the sentences, and not with the number of tags.
    """
    predicted = predict(tagger, sentences)
    names = [column.name for column in tagger.spec.columns]
    gold_tags = {name: [s.tags_by[name] for s in sentences] for name in names}
    given_tags = {name: [s.tags_by[name] for s in predicted] for name in names}
    tokens = [sentence.tokens for sentence in sentences]
    scores = score_columns(
        tagger.spec.columns, tokens, gold_tags, given_tags, tagger.spec.known_words
    )
    scores["sentences"] = len(sentences)
    scores["tokens"] = sum(len(words) for words in tokens)
    scores["confusion"] = {name: confusion(gold_tags[name], given_tags[name]) for name in names}
    return Evaluation(sentences, predicted, scores)


def predict(tagger: Tagger, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Tag sentences, keeping no more than the tags, their probabilities and the spans."""
    predicted = []
    for sentence in tagger.tag_many(sentences):
        sentence.marginals_by.clear()  # as many numbers a token as there are tags
        predicted.append(sentence)
    return predicted
