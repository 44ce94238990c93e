"""What models of all tasks begin with: from words to the states of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired, Required, TypedDict, Unpack

from torch import Tensor, nn

from seqtag.config import EmbeddingConfig, EncoderConfig
from seqtag.layers.embedding import Embedding
from seqtag.layers.encoder import Encoder
from seqtag.models.contexts import ContextEmbedding
from seqtag.models.generator import ReaderSizes


class EmbeddingSizes(TypedDict):
    """How much there is of what the embedding layer reads.

    Attributes:
        num_words: Word numbers, the unknown word included.
        num_characters: Character numbers, padding and the unknown character included.
        num_ngrams: N-gram numbers; 0, the default, for none.
        num_vectors: Pretrained vectors, that of words without one included.
        vector_size: Size of a pretrained vector; 0, the default, for none.
        mapped_size: Size of a vector that is given of each word; 0, the default, for none.
        feature_sizes: For each feature of a token its number of values and their vectors' size.
        dense_size: Numbers that are given of each token; none by default.
    """

    num_words: Required[int]
    num_characters: Required[int]
    num_ngrams: NotRequired[int]
    num_vectors: NotRequired[int]
    vector_size: NotRequired[int]
    mapped_size: NotRequired[int]
    feature_sizes: NotRequired[Sequence[tuple[int, int]]]
    dense_size: NotRequired[int]


class InputSizes(EmbeddingSizes):
    """How much there is of what a model reads.

    Attributes:
        readers: What the language models are made of whose states are read; none by default.
    """

    readers: NotRequired[Sequence[ReaderSizes]]


class TokenEncoder(nn.Module):
    """The embedding layer and the encoder.

    Where there are language models, the first of the numbers that are given of a token are what
    `contexts` makes of their states.

    Args:
        embedding: Configuration of the embedding layer.
        encoder: Configuration of the encoder.
        readers: What the language models are made of, as for `InputSizes`.
        sizes: How much there is of what the embedding layer reads.

    Raises:
        ConfigError: The parts do not go together.
    """

    def __init__(
        self,
        embedding: EmbeddingConfig,
        encoder: EncoderConfig,
        *,
        readers: Sequence[ReaderSizes] = (),
        **sizes: Unpack[EmbeddingSizes],
    ) -> None:
        super().__init__()
        self.contexts = None
        if readers:
            self.contexts = ContextEmbedding(readers, embedding.language_model_size)
            # In front of all else that is given of a token.
            sizes["dense_size"] = embedding.language_model_size + sizes.get("dense_size", 0)
        self.embedding = Embedding(embedding, **sizes)
        self.encoder = Encoder(encoder, self.embedding.output_size)

    def encode(self, lengths: Tensor, **tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the states of tokens.

        Args:
            lengths: (batch,) number of tokens of each sequence.
            tokens: The other arrays of a `seqtag.batching.Batch` by name.

        Returns:
            States (batch, length, encoder), where rows at padding mean nothing; and the vectors
            (new, size) of the words that are described, to be given as ``known`` another time.
            While training the latter mean nothing, and ``known`` must have no rows.
        """
        embedded, word_vectors = self.embedding(**tokens)
        return self.encoder(embedded, lengths), word_vectors
