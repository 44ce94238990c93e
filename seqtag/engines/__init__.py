"""Ways to run a model: one call, arrays in, arrays out.

A network computes of every word a vector that depends on the word alone, and from the vectors of a
sentence its emissions. Both happen in one call: the batch holds the vectors of words that the
network has been asked about before (`seqtag.batching.WordCache` keeps them), and describes the rest
of its words, whose vectors come back beside the emissions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from seqtag.batching import Batch
from seqtag.batching.batches import FloatArray
from seqtag.batching.contexts import UnitBatch
from seqtag.batching.emissions import Emissions
from seqtag.decoding import Transitions


class ContextNetwork(Protocol):
    """What is asked of the language models that are part of a tagger or classifier."""

    def read_units(self, batch: UnitBatch) -> FloatArray:
        """Return the states (tokens, hidden) of a language model at the tokens of a batch."""

    def project(self, states: FloatArray) -> FloatArray:
        """Return the vectors of tokens that are made of the states of language models.

        Args:
            states: (tokens, states) those of all language models and directions.

        Returns:
            (tokens, size), to be given to the network in front of what else is given of a token.
        """


class Engine(Protocol):
    """What a tagger or a classifier asks of an engine."""

    @property
    def transitions(self) -> Sequence[Transitions]:
        """Each head's potentials between tags, where the network is a tagger's."""

    @property
    def constants(self) -> Mapping[str, npt.NDArray[Any]]:
        """What is needed beside emissions, by name, where the network is a classifier's."""

    @property
    def contexts(self) -> ContextNetwork | None:
        """Its language models; None where it has none."""

    @property
    def word_vector_size(self) -> int:
        """Size of the vectors of words."""

    def __call__(self, batch: Batch) -> tuple[Emissions, FloatArray]:
        """Run the network.

        Args:
            batch: Known words have vectors that this engine computed. There may be no known word,
                or no new one.

        Returns:
            For each head the emissions (batch, length, ...), where rows at padding mean nothing;
            and the vectors (new, size) of the new words.
        """

    def forked(self) -> Self:
        """Return an engine for a process that was forked from the one in which this one was made.

        It shares the weights, and computes with one thread: those of the first process did not
        come along, and would be waited for.
        """

    def weights(self) -> dict[str, npt.NDArray[np.floating]]:
        """Return the network's weights by name, to be saved."""

    def exports(self) -> dict[str, bytes]:
        """Return the network as exported, by precision, to be saved in place of weights."""
