"""Runs an exported network in ONNX Runtime; no torch needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from seqtag.batching import Batch
from seqtag.batching.batches import FloatArray, IntArray
from seqtag.batching.emissions import Emissions
from seqtag.decoding import Transitions
from seqtag.errors import ConfigError

_GROUP_WORDS = 128
"""New words that are described at once. Sorted by their n-grams before, they need little padding,
and what is looked up for them stays in the processor's cache."""


class OnnxEngine:
    """A network, run in ONNX Runtime on the CPU; threads may share it.

    Args:
        content: What `seqtag.engines.onnx_tasks.build_graph` returns.
        threads: CPU threads that one call uses.

    Attributes:
        transitions: Each head's potentials between tags.
        word_vector_size: Size of the vectors of words.
        metadata: What was written into the file besides the network.

    Raises:
        ConfigError: The onnxruntime library is not installed.
        ValueError: The content is no ONNX file, or that of something else than a model.
    """

    def __init__(self, content: bytes, *, threads: int = 1) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ConfigError(
                "the onnxruntime library, which runs exported models, is not installed: "
                "pip install onnxruntime"
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Batches are of all sizes, and a plan that is kept for each would take memory without end.
        options.enable_mem_pattern = False
        options.log_severity_level = 4  # what is fatal; errors are raised besides
        # Threads that wait for more work would take the time of whatever else runs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the library's exceptions have no other base in common
            raise ValueError(f"this is no ONNX file ({_first_line(error)})") from error
        self._content = content
        self.metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
        self._partly = onnxruntime.RunOptions()
        self._partly.only_execute_path_to_fetches = True
        inputs = {value.name: value.shape for value in self._session.get_inputs()}
        outputs = {value.name: value.shape for value in self._session.get_outputs()}
        self.contexts = None  # networks with language models are not exported
        self._heads = [name for name in outputs if name.startswith("emissions.")]
        try:
            self.word_vector_size = int(inputs["known"][1]) if "known" in inputs else 0
            self._set_fillers(inputs)
            values = self._read_all(list(outputs))
            self.constants: dict[str, npt.NDArray[Any]] = {
                n: a for n, a in values.items() if n.startswith(("output.", "linear."))
            }
            self.transitions: list[Transitions] = []
            if not self.constants:
                self.transitions = list(self._transitions(outputs, values))
        except Exception as error:  # a network with other inputs, or one whose sizes do not fit
            raise ValueError(f"this is not a model's network ({_first_line(error)})") from error

    def _set_fillers(self, inputs: Mapping[str, Sequence[Any]]) -> None:
        """Make what is given in place of sentences where words are asked for, and the reverse."""
        features = inputs["features"][2] if "features" in inputs else 0
        numbers = inputs["dense"][2] if "dense" in inputs else 0
        mapped = inputs["mapped"][1] if "mapped" in inputs else 0
        self._padding = int(self.metadata.get("ngram_rows", 0))  # behind the rows of all n-grams
        sentence = {
            "lengths": np.ones(1, dtype=np.int64),
            "types": np.zeros((1, 1), dtype=np.int64),
            "features": np.zeros((1, 1, features), dtype=np.int64),
            "dense": np.zeros((1, 1, numbers), dtype=np.float32),
            "known": np.zeros((0, self.word_vector_size), dtype=np.float32),
        }
        word = {
            "words": np.zeros(1, dtype=np.int64),
            "vectors": np.zeros(1, dtype=np.int64),
            "mapped": np.zeros((1, mapped), dtype=np.float32),
            "ngrams": np.full((1, 1), self._padding, dtype=np.int64),
            "characters": np.zeros((1, 1), dtype=np.int64),
            "character_lengths": np.ones(1, dtype=np.int64),
        }
        self._sentence = {name: sentence[name] for name in sentence if name in inputs}
        self._word = {name: word[name] for name in word if name in inputs}

    def _read_all(self, names: list[str]) -> dict[str, FloatArray]:
        """Return all that the network gives, some of which is constant whatever it is asked.

        Everything is computed, so that sizes which do not fit are found now.
        """
        found = self._session.run(names, self._word | self._sentence)
        return dict(zip(names, found, strict=True))

    def _transitions(
        self, outputs: Mapping[str, Sequence[Any]], values: Mapping[str, Any]
    ) -> Iterator[Transitions]:
        """Yield each head's potentials."""
        for number, head in enumerate(self._heads):
            parts = [f"transitions.{number}.{part}" for part in ("matrix", "start", "end")]
            if parts[0] in values:
                yield Transitions(*(values[part] for part in parts))
            else:
                yield Transitions.free(int(outputs[head][2]))

    def __call__(self, batch: Batch) -> tuple[Emissions, FloatArray]:
        """Return emissions (batch, length, ...) and new words' vectors (new, size)."""
        new = self.describe(batch)
        arrays = {name: getattr(batch, name) for name in ("lengths", "types", "features", "dense")}
        if self.word_vector_size:
            known = batch.known.reshape(len(batch.known), self.word_vector_size)
            arrays["known"] = np.concatenate([known, new])
        sentences = {name: arrays[name] for name in self._sentence}
        found: list[FloatArray] = self._session.run(self._heads, sentences | self._word)
        return [scores.transpose(1, 0, 2) for scores in found], new

    def describe(self, batch: Batch) -> FloatArray:
        """Return the vectors (new, size) of a batch's new words."""
        count = len(batch.words)
        vectors: FloatArray = np.zeros((count, self.word_vector_size), dtype=np.float32)
        if not vectors.size:
            return vectors
        ends = np.append(batch.ngram_offsets[1:], len(batch.ngrams))
        widths = ends - batch.ngram_offsets
        order = np.argsort(widths, kind="stable")
        for start in range(0, count, _GROUP_WORDS):
            chosen = order[start : start + _GROUP_WORDS]
            arrays: dict[str, npt.NDArray[Any]] = {"words": batch.words[chosen]}
            if "vectors" in self._word:
                arrays["vectors"] = batch.vectors[chosen]
            if "mapped" in self._word:
                arrays["mapped"] = batch.mapped[chosen]
            if "ngrams" in self._word:
                arrays["ngrams"] = _padded(
                    batch.ngrams, batch.ngram_offsets[chosen], widths[chosen], self._padding
                )
            if "characters" in self._word:
                lengths = batch.character_lengths[chosen]
                arrays["character_lengths"] = lengths
                arrays["characters"] = batch.characters[chosen, : int(lengths.max())]
            words = {name: arrays[name] for name in self._word}
            found = self._session.run(["word_vectors"], self._sentence | words, self._partly)
            vectors[chosen] = found[0]
        return vectors

    def forked(self) -> Self:
        """Return an engine for a process that was forked from the one where this one was made."""
        return type(self)(self._content)

    def weights(self) -> dict[str, npt.NDArray[np.floating]]:
        """Return no weights: an exported network is kept as it is."""
        return {}

    def exports(self) -> dict[str, bytes]:
        """Return the network by its precision."""
        return {self.metadata["precision"]: self._content}


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _padded(values: IntArray, starts: IntArray, widths: IntArray, padding: int) -> IntArray:
    """Return lists that lie behind one another in an array as rows, padded at their ends."""
    columns = np.arange(int(widths.max(initial=1)))[None, :]
    inside = columns < widths[:, None]
    rows = np.full(inside.shape, padding, dtype=np.int64)
    rows[inside] = values[(starts[:, None] + columns)[inside]]
    return rows
