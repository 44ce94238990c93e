"""Starting from the weights of another tagger."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from seqtag.errors import ConfigError
from seqtag.models.classifier import ClassifierModel
from seqtag.models.tagger import TaggerModel
from seqtag.models.token_encoder import TokenEncoder
from seqtag.text.vector_lookup import scale_of
from seqtag.training.spec import ClassifierSpec, ModelSpec, TaggerSpec

_READS_TOKENS = re.compile(r"encoder\.(forwards|backwards)\.0\.weight_ih_l0")


def set_vectors(model: nn.Module, vectors: npt.NDArray[np.floating]) -> None:
    """Give a model its pretrained vectors, scaled as `seqtag.text.vector_lookup.scale_of` says.

    Args:
        model: With an entry for words without a vector, and one for each word.
        vectors: (words, size)
    """
    assert isinstance(model, TokenEncoder)
    assert model.embedding.vectors is not None
    with torch.no_grad():
        table = model.embedding.vectors.weight[1:]
        table.copy_(torch.from_numpy(vectors))
        table.mul_(scale_of(float(np.linalg.norm(vectors)) ** 2 / vectors.size))


def set_readers(
    model: TaggerModel | ClassifierModel, weights: Sequence[Mapping[str, npt.NDArray[np.floating]]]
) -> None:
    """Give a model's language models their weights, those of generators.

    Args:
        model: With language models.
        weights: For each of them the generator's weights by name, of which those of its output
            layer are left out.

    Raises:
        KeyError: A weight is missing.
        ValueError: A weight has another shape.
    """
    assert model.contexts is not None
    with torch.no_grad():
        for reader, arrays in zip(model.contexts.models, weights, strict=True):
            for name, weight in reader.state_dict().items():
                if arrays[name].shape != tuple(weight.shape):  # else it would be spread
                    raise ValueError(f"weight {name} is {arrays[name].shape}")
                weight.copy_(torch.from_numpy(arrays[name]))


def set_weights(model: nn.Module, weights: Mapping[str, npt.NDArray[np.floating]]) -> None:
    """Give a network the weights of another one of the same units and sizes.

    Raises:
        ConfigError: The other one differs in a size.
    """
    state = model.state_dict()
    for name in sorted({*state, *weights}):
        new, old = (
            tuple(values[name].shape) if name in values else "none" for values in (state, weights)
        )
        if new != old:
            raise ConfigError(
                f"the run to start from has other sizes: {name} is {old} there and {new} here"
            )
    model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})


def copy_weights(
    model: TaggerModel | ClassifierModel,
    spec: ModelSpec,
    base: ModelSpec,
    weights: Mapping[str, npt.NDArray[np.floating]],
) -> None:
    """Give a model the weights of another one, as far as they mean the same.

    Words, n-grams, characters and tags of the other model come first in the new one's lists, in the
    same order, so that what belongs to them is the leading part of an array. The rest stays as it
    is. A head is taken over where `TaggerSpec.source_of` finds one.

    Args:
        model: The new model.
        spec: Its description, built on ``base``.
        base: The other model's description.
        weights: The other model's weights by name.

    Raises:
        ConfigError: The two differ in a size that words and tags do not account for.
    """
    old, new = base.encoder, spec.encoder
    # Other heads divide the same matrices in another way, which no size of a weight tells.
    if old.attention and new.attention and old.attention_heads != new.attention_heads:
        raise ConfigError(
            f"encoder.attention_heads is {new.attention_heads}, in the run to start from it is "
            f"{old.attention_heads}: leave it as it is there"
        )
    sources = _sources(spec, base)
    for name, parameter in model.named_parameters():
        source_name: str | None = name
        for prefix, source_prefix in sources.items():
            if name.startswith(prefix):
                rest = name.removeprefix(prefix)
                source_name = None if source_prefix is None else source_prefix + rest
        if source_name is not None and source_name in weights:
            more = _evidence(spec) - _evidence(base) if _READS_TOKENS.fullmatch(name) else 0
            _copy_leading(name, parameter, weights[source_name], max(more, 0))


def _sources(spec: ModelSpec, base: ModelSpec) -> dict[str, str | None]:
    """Return for the beginnings of heads' names what stands in their place in the other model."""
    if not isinstance(spec, TaggerSpec):
        return {}
    sources: dict[str, str | None] = {}
    is_only = len(spec.columns) == 1
    for i, column in enumerate(spec.columns):
        source = None
        if isinstance(base, TaggerSpec):
            source = base.source_of(column.name, column.scheme, is_only=is_only)
        sources[f"heads.{i}."] = None if source is None else f"heads.{source}."
    return sources


def _evidence(spec: ModelSpec) -> int:
    """Return how many numbers of evidence stand at the end of a token's vector."""
    if not isinstance(spec, ClassifierSpec) or not any(spec.ngrams_counted):
        return 0
    return len(spec.labels)


def _copy_leading(name: str, parameter: Tensor, array: npt.NDArray[np.floating], more: int) -> None:
    """Copy an array into the leading part of a parameter.

    Args:
        name: The parameter's name.
        parameter: The parameter.
        array: The array.
        more: How many columns the parameter has behind those of the array.
    """
    grows = name.startswith(("heads.", "head.output.", "embedding.features.")) or name.endswith(
        ("words.weight", "ngrams.weight", "characters.embedding.weight")
    )
    new, old = tuple(parameter.shape), array.shape
    # Only a table's rows, and both sides of a matrix of tags, follow the lists of strings.
    free = len(old) if name.endswith(".matrix") else 1 if grows else 0
    fits = len(new) == len(old) and all(
        a >= b if axis < free else a == b + more * (axis == 1)
        for axis, (a, b) in enumerate(zip(new, old, strict=True))
    )
    if not fits:
        raise ConfigError(
            f"weight {name} has size {new}, in the run to start from it has {old}: leave "
            "the sizes of [embedding] and [encoder] as they are there"
        )
    with torch.no_grad():
        parameter[tuple(slice(0, n) for n in old)] = torch.from_numpy(array).to(parameter)
