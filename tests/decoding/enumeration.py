"""The slow and certain way: every tag sequence of a tiny sentence, one by one."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from seqtag.decoding import Transitions
from seqtag.decoding.chain import FloatArray, IntArray


@dataclass(frozen=True)
class Problem:
    """A batch of tiny sentences of mixed lengths, with rubbish at padding."""

    emissions: FloatArray
    lengths: IntArray
    transitions: Transitions

    def paths(self, row: int) -> list[tuple[int, ...]]:
        """Return all tag sequences of a sentence, impossible ones included."""
        tags = range(self.transitions.n_tags)
        return list(itertools.product(tags, repeat=int(self.lengths[row])))

    def score(self, row: int, path: tuple[int, ...]) -> float:
        """Return the sum of a path's potentials."""
        if not path:
            return 0.0
        moves = sum(self.transitions.matrix[a, b] for a, b in itertools.pairwise(path))
        emitted = sum(self.emissions[row, index, tag] for index, tag in enumerate(path))
        edges = self.transitions.start[path[0]] + self.transitions.end[path[-1]]
        return float(moves + emitted + edges)

    def scored_paths(self, row: int) -> list[tuple[float, tuple[int, ...]]]:
        """Return the possible tag sequences of a sentence with their scores, best first."""
        scored = [(self.score(row, path), path) for path in self.paths(row)]
        return sorted((pair for pair in scored if pair[0] > -math.inf), reverse=True)

    def log_partition(self, row: int) -> float:
        """Return the logarithm of the summed exponentials of all scores."""
        scores = [score for score, _ in self.scored_paths(row)]
        if not scores:
            return -math.inf
        return scores[0] + math.log(math.fsum(math.exp(score - scores[0]) for score in scores))

    def probabilities(self, row: int) -> list[tuple[float, tuple[int, ...]]]:
        """Return the possible tag sequences of a sentence with their probabilities."""
        total = self.log_partition(row)
        return [(math.exp(score - total), path) for score, path in self.scored_paths(row)]


def make_problem(
    seed: int,
    lengths: list[int],
    n_tags: int,
    *,
    scale: float = 1.0,
    forbidden: float = 0.0,
    penalty: float = -np.inf,
    free: bool = False,
    whole_numbers: bool = False,
) -> Problem:
    """Make a random problem.

    Args:
        seed: Seed of the potentials.
        lengths: Number of tokens of each sentence.
        n_tags: Number of tags.
        scale: Standard deviation of the potentials.
        forbidden: Share of moves that are forbidden.
        penalty: Potential of a forbidden move.
        free: Whether transitions are free.
        whole_numbers: Whether to round the potentials, so that there are ties.
    """
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> FloatArray:
        values = rng.normal(size=shape) * scale
        return np.round(values) if whole_numbers else values

    def draw_moves(*shape: int) -> FloatArray:
        values = draw(*shape)
        values[rng.random(shape) < forbidden] = penalty
        return values

    emissions = draw(len(lengths), max(lengths, default=0) + 1, n_tags)
    for row, length in enumerate(lengths):
        emissions[row, length:] = np.nan
    if free:
        transitions = Transitions.free(n_tags)
    else:
        transitions = Transitions(
            draw_moves(n_tags, n_tags), draw_moves(n_tags), draw_moves(n_tags)
        )
    return Problem(emissions, np.array(lengths, dtype=np.int64), transitions)


def problems(max_tags: int = 4) -> st.SearchStrategy[Problem]:
    """Return problems of all sorts: ties, huge potentials, forbidden moves, free transitions."""
    return st.builds(
        make_problem,
        seed=st.integers(0, 2**32 - 1),
        lengths=st.lists(st.integers(0, 4), max_size=4),
        n_tags=st.integers(1, max_tags),
        scale=st.sampled_from([0.0, 1.0, 30.0, 3000.0]),
        forbidden=st.sampled_from([0.0, 0.3, 0.8]),
        penalty=st.sampled_from([-np.inf, -1e4]),
        free=st.booleans(),
        whole_numbers=st.booleans(),
    )
