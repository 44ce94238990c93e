"""Labels for texts, with probabilities and attention."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from seqtag.api.model import Model, as_sentence
from seqtag.api.streams import chunks
from seqtag.batching.ngrams import NgramTable
from seqtag.decoding.linear import LinearPath
from seqtag.decoding.pooling import Pooling, softmax
from seqtag.engines import Engine
from seqtag.text.label import Label
from seqtag.text.sentence import Sentence
from seqtag.text.tokenization import make_tokenizer
from seqtag.training.spec import ClassifierSpec


def check_constants(spec: ClassifierSpec, constants: Mapping[str, npt.NDArray[Any]]) -> None:
    """Compare what a network says besides emissions with a classifier's description.

    Raises:
        ValueError: An array is missing or of another shape, or the n-grams are in no order.
    """
    labels, counted = len(spec.labels), sum(spec.ngrams_counted)
    shapes: dict[str, tuple[int, ...]] = {"output.bias": (labels,)}
    if counted:
        shapes |= {"linear.bias": (labels,), "linear.weights": (counted, labels)}
        shapes |= {"linear.keys": (counted,), "linear.scales": (counted,)}
        shapes["linear.evidence_scale"] = (1,)
    for name, shape in shapes.items():
        found = constants[name].shape if name in constants else "missing"
        if found != shape:
            raise ValueError(f"{name} is {found}, but the model's description asks for {shape}")
    if counted:
        keys, words = constants["linear.keys"], spec.ngrams_counted[0]
        if not all((part[:-1] < part[1:]).all() for part in (keys[:words], keys[words:])):
            raise ValueError("the n-grams of the linear path are in no order")


_Array: TypeAlias = npt.NDArray[np.floating]
_Found: TypeAlias = tuple[_Array, _Array, _Array | None]
"""Of a text the probabilities (labels,), how much each token counts (heads, length), and what each
says by its n-grams (length, labels), None without a linear path."""


class Classifier(Model[ClassifierSpec]):
    """A trained classifier; threads may share one.

    Args:
        spec: What it reads and predicts.
        engine: Runs its network.

    Attributes:
        spec: What it reads and predicts.
        tokenizer: Splits texts as the model records it.
    """

    def __init__(self, spec: ClassifierSpec, engine: Engine) -> None:
        check_constants(spec, engine.constants)
        super().__init__(spec, engine)
        self.tokenizer = make_tokenizer(spec.tokenizer, spec.language)
        self._pooling = Pooling.from_constants(
            spec.pooling, engine.constants, bidirectional=spec.encoder.bidirectional
        )
        self._linear = self._ngrams = None
        if sum(spec.ngrams_counted):
            words, _ = spec.ngrams_counted
            keys = engine.constants["linear.keys"]
            self._linear = LinearPath.from_constants(engine.constants, words)
            self._ngrams = NgramTable(spec.linear.longest, keys[:words], keys[words:])
        self._labels = spec.labels.items
        counts = np.array(spec.label_counts, dtype=np.float64)
        self._shares = counts / counts.sum()

    def with_spec(self, spec: ClassifierSpec) -> Classifier:
        """Return the same classifier with another description of itself."""
        return Classifier(spec, self._engine)

    @property
    def labels(self) -> list[str]:
        """The labels in the order of `Label.scores`."""
        return list(self._labels)

    def classify(self, text: str | Sequence[str] | Sentence) -> Label:
        """Label one text.

        Args:
            text: Raw text, which is tokenized as the model records it, or its tokens. It may be of
                any length: a long text is encoded in pieces and pooled over all of them.

        Returns:
            Its label. A text without tokens gets what can be said of nothing: each label with its
            share of the training texts.

        Raises:
            TypeError: It is neither text nor a sequence of strings.
        """
        return next(self.classify_many([text]))

    def classify_many(self, texts: Iterable[str | Sequence[str] | Sentence]) -> Iterator[Label]:
        """Label a stream of texts, in order.

        The stream is read a bounded number of tokens ahead, so that texts of similar length can
        share a batch; the results do not depend on it.

        Args:
            texts: Each as for `classify`.

        Raises:
            TypeError: A text is neither text nor a sequence of strings.
        """
        for chunk in chunks(self._as_sentence(text) for text in texts):
            yield from self._classify_chunk(chunk)

    def classify_batch(self, texts: Sequence[str | Sequence[str] | Sentence]) -> list[Label]:
        """Label some texts at once; as `classify_many`, but all in memory."""
        return self._classify_chunk([self._as_sentence(text) for text in texts])

    def _as_sentence(self, text: str | Sequence[str] | Sentence) -> Sentence:
        if isinstance(text, str):
            return self.tokenizer.tokenize(text)
        return as_sentence(text)

    def _classify_chunk(self, sentences: list[Sentence]) -> list[Label]:
        filled = [index for index, sentence in enumerate(sentences) if sentence.tokens]
        nothing = np.zeros((self._pooling.heads, 0))
        silence = None if self._linear is None else np.zeros((0, len(self._labels)))
        found: list[_Found] = [(self._shares, nothing, silence)] * len(sentences)
        texts = [sentences[index] for index in filled]
        offsets = dense = None
        if texts and self._linear is not None and self._ngrams is not None:
            bags = self._ngrams.bags(texts)
            offsets, dense = self._linear.read(bags)
        starts = np.cumsum([0, *(len(sentence.tokens) for sentence in texts)]).tolist()
        encoding = self.encoding(texts, dense)
        for index, logits, attention in self._pooling.pool_all(
            encoding.batches(), encoding.long_sequences()
        ):
            evidence = None
            if offsets is not None and dense is not None:
                logits = logits + offsets[index]
                evidence = dense[starts[index] : starts[index + 1]].copy()
            found[filled[index]] = softmax(logits), attention, evidence
        return [self._label(*pair) for pair in zip(sentences, found, strict=True)]

    def _label(self, sentence: Sentence, found: _Found) -> Label:
        probabilities, attention, evidence = found
        scores = dict(zip(self._labels, probabilities.tolist(), strict=True))
        label = self._labels[int(probabilities.argmax())]
        return Label(
            label=label,
            score=scores[label],
            scores=scores,
            sentence=sentence,
            attention_by_head=attention,
            evidence_by_label=evidence,
        )
