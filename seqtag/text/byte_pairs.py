"""Byte-pair encoding, learnt by the library ``tokenizers``, which learns the same in every run.

The commonest pair of neighbours becomes one subword, over and over (Sennrich et al. 2016,
https://aclanthology.org/P16-1162/).
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from seqtag.errors import ConfigError

_MIN_PAIRS = 2  # rarer pairs are not merged
_JOINER = "\n"  # between parts of a text, in which no white space is left but spaces
_REPEATED = 10_000  # times that a part is written at once for the trainer


def learn_byte_pairs(
    parts: Mapping[str, int], characters: Collection[str], size: int
) -> tuple[list[str], list[tuple[int, int]]]:
    """Learn subwords and how they are merged; the same parts give the same.

    Args:
        parts: Parts of texts and how often each occurs, made of the characters.
        characters: The known characters, all of which become subwords.
        size: How many subwords there are at most.

    Returns:
        The subwords; and the pairs of neighbours that become one, the first of which comes first,
        each as the numbers of two subwords, from 0.

    Raises:
        ConfigError: The library is not installed.
    """
    try:
        import tokenizers
    except ImportError as error:
        raise ConfigError(
            "subwords are learnt by the library tokenizers, which is not installed: "
            "pip install tokenizers, or take other units: units.text=word or char for a language "
            "model, units.source and units.target for a translator"
        ) from error

    learner = tokenizers.Tokenizer(tokenizers.models.BPE())
    learner.pre_tokenizer = tokenizers.pre_tokenizers.CharDelimiterSplit(_JOINER)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=_MIN_PAIRS,
        initial_alphabet=sorted(characters),
        special_tokens=[],
        show_progress=False,
    )
    with _one_thread():
        learner.train_from_iterator(_repeated(parts), trainer)
    model = json.loads(learner.to_str())["model"]  # nothing else gives the merges away
    places: dict[str, int] = model["vocab"]
    merges = [(places[first], places[second]) for first, second in model["merges"]]
    return sorted(places, key=lambda item: places[item]), merges


def _repeated(parts: Mapping[str, int]) -> Iterator[str]:
    """Yield parts of texts as often as they occur, many at once."""
    for part, count in sorted(parts.items()):
        for start in range(0, count, _REPEATED):
            yield _JOINER.join([part] * min(count - start, _REPEATED))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep the library from starting threads, of which it warns when the process forks later."""
    name = "TOKENIZERS_PARALLELISM"
    before = os.environ.get(name)
    os.environ[name] = "false"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
