"""From scores to answers, in NumPy: tag sequences, and probabilities of tags and spans."""

from seqtag.decoding.chain import Transitions
from seqtag.decoding.marginals import Trellis, forward_backward, marginals
from seqtag.decoding.sampling import sample
from seqtag.decoding.spans import SpanRules, span_probability
from seqtag.decoding.viterbi import nbest, viterbi

__all__ = [
    "SpanRules",
    "Transitions",
    "Trellis",
    "forward_backward",
    "marginals",
    "nbest",
    "sample",
    "span_probability",
    "viterbi",
]
