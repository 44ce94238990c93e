from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from seqtag.layers.characters import CharacterCNN, CharacterLSTM

KINDS = [CharacterCNN, CharacterLSTM]


def make_words(lengths: list[int], padding: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return characters (words, characters) and lengths (words,)."""
    generator = torch.Generator().manual_seed(0)
    size = max(lengths) + padding
    characters = torch.randint(1, 20, (len(lengths), size), generator=generator)
    for row, length in enumerate(lengths):
        characters[row, length:] = 0
    return characters, torch.tensor(lengths)


def make_encoder(kind: type[CharacterCNN] | type[CharacterLSTM]) -> CharacterCNN | CharacterLSTM:
    torch.manual_seed(1)
    return kind(20, 5, 8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("padding", [1, 7])
def test_padding_changes_nothing(
    kind: type[CharacterCNN] | type[CharacterLSTM], padding: int
) -> None:
    encoder = make_encoder(kind)
    lengths = [3, 1, 6, 2]
    expected = encoder(*make_words(lengths, 0))
    characters, sizes = make_words(lengths, 0)
    padded = nn.functional.pad(characters, (0, padding))
    assert torch.allclose(encoder(padded, sizes), expected, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_vector_of_a_word_does_not_depend_on_other_words(
    kind: type[CharacterCNN] | type[CharacterLSTM],
) -> None:
    encoder = make_encoder(kind)
    characters, lengths = make_words([3, 1, 6, 2], 0)
    together = encoder(characters, lengths)
    assert together.shape == (4, encoder.output_size) == (4, 8)
    for row, length in enumerate(lengths.tolist()):
        alone = encoder(characters[row : row + 1, :length], lengths[row : row + 1])
        assert torch.allclose(together[row], alone[0], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_learns_nothing(kind: type[CharacterCNN] | type[CharacterLSTM]) -> None:
    encoder = make_encoder(kind)
    encoder(*make_words([3, 1], 2)).sum().backward()
    assert not encoder.embedding.weight[0].any()
    assert encoder.embedding.weight.grad is not None
    assert not encoder.embedding.weight.grad[0].any()


@pytest.mark.parametrize("kind", KINDS)
def test_order_of_characters_matters(kind: type[CharacterCNN] | type[CharacterLSTM]) -> None:
    encoder = make_encoder(kind)
    words = torch.tensor([[1, 2, 3, 4], [4, 3, 2, 1]])
    first, second = encoder(words, torch.tensor([4, 4]))
    assert not torch.allclose(first, second)


def test_convolution_takes_the_highest_answer_of_each_filter() -> None:
    encoder = make_encoder(CharacterCNN)
    assert isinstance(encoder, CharacterCNN)
    characters, lengths = make_words([4], 0)
    vectors = nn.functional.pad(encoder.embedding(characters)[0], (0, 0, 1, 1))
    weight, bias = encoder.convolution.weight, encoder.convolution.bias
    assert bias is not None
    answers = torch.stack(
        [torch.einsum("fcw,wc->f", weight, vectors[i : i + 3]) + bias for i in range(4)]
    )
    expected = answers.amax(dim=0).clamp_min(0)
    assert torch.allclose(encoder(characters, lengths)[0], expected, atol=1e-6)


def test_recurrent_encoder_is_a_packed_bidirectional_lstm() -> None:
    encoder = make_encoder(CharacterLSTM)
    assert isinstance(encoder, CharacterLSTM)
    reference = nn.LSTM(5, 4, batch_first=True, bidirectional=True)
    for name, weight in encoder.forwards.named_parameters():
        getattr(reference, name).data.copy_(weight)
    for name, weight in encoder.backwards.named_parameters():
        getattr(reference, f"{name}_reverse").data.copy_(weight)
    characters, lengths = make_words([3, 1, 6, 2], 1)
    packed = nn.utils.rnn.pack_padded_sequence(
        encoder.embedding(characters), lengths, batch_first=True, enforce_sorted=False
    )
    _, (states, _) = reference(packed)
    assert torch.allclose(encoder(characters, lengths), torch.cat([*states], dim=1), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_many_words_are_encoded_as_each_alone(
    kind: type[CharacterCNN] | type[CharacterLSTM],
) -> None:
    encoder = make_encoder(kind)
    sizes = np.random.default_rng(0).integers(1, 20, 150).tolist()
    characters, lengths = make_words(sizes, 2)
    together = encoder(characters, lengths)
    for row, size in enumerate(sizes):
        alone = encoder(characters[row : row + 1, :size], lengths[row : row + 1])
        assert torch.allclose(together[row], alone[0], atol=1e-6)
