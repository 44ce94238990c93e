"""Potentials that engines agree on, whatever library they compute with."""

FORBIDDEN = -1e4
"""Potential of a transition that the tag scheme forbids.

Finite, so that no gradient becomes NaN, and so low that its probability is zero in float32.
"""
