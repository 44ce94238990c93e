"""Ways to run a model: one call, arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from seqtag.batching import Batch
from seqtag.batching.emissions import Emissions
from seqtag.decoding import Transitions


class Engine(Protocol):
    """What a tagger asks of an engine."""

    @property
    def transitions(self) -> Sequence[Transitions]:
        """Each head's potentials between tags."""

    def __call__(self, batch: Batch) -> Emissions:
        """Return for each head the emissions (batch, length, tags)."""

    def weights(self) -> dict[str, npt.NDArray[np.floating]]:
        """Return the network's weights by name, to be saved."""
