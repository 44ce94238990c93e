"""From texts to translations, whatever runs the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from seqtag.batching import plan_batches, source_batch
from seqtag.batching.batches import IntArray
from seqtag.config import SearchConfig
from seqtag.decoding import Found, Network, search
from seqtag.text.unit_base import START, UNKNOWN, Encoded, Units

BATCH_UNITS = 8192
"""Padded units of a batch's sources, times the width of the beam."""


BATCH_LOGITS = 1 << 23
"""Logits of a batch in one step."""


class SourceNetwork(Network[Any], Protocol):
    """What translates: a network that reads sources and is then gone through step by step."""

    def begin(self, sources: IntArray, lengths: IntArray) -> Any:  # noqa: ANN401 - its own affair
        """Read sources.

        Args:
            sources: (sources, length) numbers of units, the end among them, then padding.
            lengths: (sources,) how many there are.

        Returns:
            The states before the first step, one hypothesis for each source.
        """


def translate_numbers(
    network: SourceNetwork,
    sources: Sequence[Sequence[int]],
    settings: SearchConfig,
    *,
    vocabulary: int,
    nbest: int = 1,
) -> list[list[Found]]:
    """Return the best translations of some sources, each as numbers of units.

    Sources of similar length share a batch; what one gets does not depend on the others.

    Args:
        network: The network.
        sources: Numbers of the units of each, without an end.
        settings: How to search.
        vocabulary: Numbers of target units, by which the size of a batch goes, too.
        nbest: How many translations of each are wanted.
    """
    found: list[list[Found]] = [[] for _ in sources]
    lengths = np.array([len(numbers) + 1 for numbers in sources], dtype=np.int64)
    units = max(1, BATCH_UNITS // settings.beam)
    most = max(1, BATCH_LOGITS // (settings.beam * vocabulary))
    for batch in plan_batches(lengths, units, batch_sentences=most):
        read, counts = source_batch([sources[index] for index in batch])
        states = network.begin(read, counts)
        each = search(network, states, counts, settings, start=START, nbest=nbest)
        for index, hypotheses in zip(batch.tolist(), each, strict=True):
            found[index] = hypotheses
    return found


def write(units: Units, found: Found, source: Encoded, *, copy: bool) -> str:
    """Return the text of a translation.

    Args:
        units: The units that it is written in.
        found: The translation.
        source: What was translated.
        copy: Whether an unknown unit becomes the unit of the source that it attends to most
            (Luong et al. 2015, "Addressing the Rare Word Problem", section 3.3, by attention);
            an unknown word the whole word around it, where the source is read in parts of words.
    """
    copies: list[str | None] = [None] * len(found.numbers)
    if copy and source.texts and UNKNOWN in found.numbers:
        looked = found.attention[: len(copies), : len(source.texts)].argmax(axis=1).tolist()
        copies = [
            _copied(source.texts, place, whole=units.kind == "word") if number == UNKNOWN else None
            for number, place in zip(found.numbers, looked, strict=True)
        ]
    return units.decode(found.numbers, copies)


def _copied(texts: Sequence[str], place: int, *, whole: bool) -> str:
    """Return the unit of a source at a place, or the whole word that it is a part of."""
    if not whole:
        return texts[place]
    first, last = place, place + 1
    while first and _is_joined(texts[first - 1], texts[first]):
        first -= 1
    while last < len(texts) and _is_joined(texts[last - 1], texts[last]):
        last += 1
    # A space may be a unit by itself, and none need be in front of the first word.
    is_behind_space = first == 0 or texts[first - 1] == " "
    return (" " if is_behind_space else "") + "".join(texts[first:last])


def _is_joined(left: str, right: str) -> bool:
    """Tell whether two neighbours are of one word."""
    return left[-1].isalnum() and right[0].isalnum()
