"""From scores to answers, in NumPy: tags, probabilities of tags and spans, and texts."""

from seqtag.decoding.chain import Transitions
from seqtag.decoding.generation import (
    LanguageNetwork,
    Prompts,
    Sampler,
    Step,
    best_continuations,
)
from seqtag.decoding.hypotheses import Found
from seqtag.decoding.marginals import Trellis, forward_backward, marginals
from seqtag.decoding.sampling import sample
from seqtag.decoding.search import Candidates, Network, search
from seqtag.decoding.spans import SpanRules, span_probability
from seqtag.decoding.viterbi import nbest, viterbi

__all__ = [
    "Candidates",
    "Found",
    "LanguageNetwork",
    "Network",
    "Prompts",
    "Sampler",
    "SpanRules",
    "Step",
    "Transitions",
    "Trellis",
    "best_continuations",
    "forward_backward",
    "marginals",
    "nbest",
    "sample",
    "search",
    "span_probability",
    "viterbi",
]
