from __future__ import annotations

from typing import Any

import pytest

from seqtag.config import EmbeddingConfig, EncoderConfig, from_mapping
from tests.config.refusals import refused


def test_odd_size_cannot_be_shared_by_two_directions() -> None:
    values = {"characters": "lstm", "character_hidden_size": 33}
    assert refused({"embedding": values}) == (
        "embedding.character_hidden_size is 33: give an even number, half of it for each direction"
    )
    assert from_mapping(EmbeddingConfig, values | {"characters": "cnn"}).characters == "cnn"


@pytest.mark.parametrize(
    ("values", "size"),
    [
        ({"hidden_size": 9, "attention_heads": 4}, 18),
        ({"hidden_size": 10, "attention_heads": 4, "bidirectional": False}, 10),
        ({"hidden_size": 1, "attention_heads": 3}, 2),
    ],
)
def test_state_is_shared_evenly_by_the_heads_of_attention(
    values: dict[str, Any], size: int
) -> None:
    message = refused({"encoder": values | {"attention": True}})
    assert message == (
        f"encoder.attention_heads is {values['attention_heads']}, which does not divide the {size} "
        "numbers of a token's state (encoder.hidden_size for each direction): change one of the two"
    )
    assert from_mapping(EncoderConfig, values).output_size == size


def test_encoder_described_before_it_had_attention_is_bidirectional_without_it() -> None:
    """What models of the first version say of their encoders."""
    values = {"cell": "gru", "hidden_size": 6, "num_layers": 2, "dropout": 0.4, "max_length": 512}
    config = from_mapping(EncoderConfig, values)
    assert (config.bidirectional, config.attention, config.output_size) == (True, False, 12)
