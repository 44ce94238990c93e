from __future__ import annotations

import numpy as np
import pytest
import torch

from seqtag.config import FORBIDDEN, EmbeddingConfig, EncoderConfig
from seqtag.models.arrays import potentials, run_model, to_tensors
from seqtag.models.tagger import HeadSpec, TaggerModel
from seqtag.text.vocabulary import Vocabulary
from tests.helpers import batch_of, plain_featurizer


@pytest.fixture(scope="module")
def model() -> TaggerModel:
    torch.manual_seed(0)
    allowed = [[True, False], [True, True]]
    return TaggerModel(
        EmbeddingConfig(word_size=4, ngram_size=0),
        EncoderConfig(hidden_size=3, num_layers=1),
        num_words=2,
        num_characters=0,
        heads=[
            HeadSpec(
                crf=True, allowed=allowed, allowed_start=[True] * 2, allowed_end=[False, True]
            ),
            HeadSpec(crf=False, allowed=allowed, allowed_start=[True] * 2, allowed_end=[True] * 2),
        ],
    ).eval()


def test_tensors_have_the_names_types_and_values_of_the_arrays() -> None:
    arrays = {"words": np.array([[1, 2]]), "lengths": np.array([2]), "known": np.ones((1, 1), "f4")}
    tensors = to_tensors(arrays, "cpu")
    assert {name: tensor.tolist() for name, tensor in tensors.items()} == {
        "words": [[1, 2]],
        "lengths": [2],
        "known": [[1.0]],
    }
    types = [tensor.dtype for tensor in tensors.values()]
    assert types == [torch.int64, torch.int64, torch.float32]


def test_results_are_the_models_as_arrays(model: TaggerModel) -> None:
    featurizer = plain_featurizer(Vocabulary(["a"], has_unknown=True))
    batch = batch_of(featurizer, [["a", "b"], ["a"]])
    found, vectors = run_model(model, batch.arrays(), "cpu")
    expected, expected_vectors = model(**to_tensors(batch.arrays(), "cpu"))
    assert len(found) == 2
    assert vectors.shape == (2, 4)
    for scores, tensor in zip([*found, vectors], [*expected, expected_vectors], strict=True):
        assert isinstance(scores, np.ndarray)
        assert np.array_equal(scores, tensor.detach().numpy())


def test_potentials_are_what_is_learnt_and_what_is_forbidden(model: TaggerModel) -> None:
    head = model.heads_in_order()[0]
    for number, parameter in enumerate(head.parameters()):
        torch.nn.init.constant_(parameter, number + 0.5)
    (matrix, start, end), softmax = potentials(model)
    assert matrix.dtype == start.dtype == end.dtype == np.float64
    learnt = {name: parameter.flatten()[0].item() for name, parameter in head.named_parameters()}
    assert matrix[1].tolist() == [learnt["matrix"]] * 2
    assert start.tolist() == [learnt["start"]] * 2
    assert end[1] == learnt["end"]
    assert matrix[0, 1] == pytest.approx(FORBIDDEN, rel=0.01)
    assert end[0] == pytest.approx(FORBIDDEN, rel=0.01)
    assert softmax[0].tolist() == [[0.0, FORBIDDEN], [0.0, 0.0]]
