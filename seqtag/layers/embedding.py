"""From a batch of words to vectors: all that is known of a token, concatenated."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from seqtag.config import EmbeddingConfig
from seqtag.errors import ConfigError
from seqtag.layers.characters import CharacterCNN, CharacterLSTM
from seqtag.layers.dropout import drop_words
from seqtag.layers.tables import BagTable, Table

_CHARACTER_ENCODERS: dict[str, type[CharacterCNN] | type[CharacterLSTM]] = {
    "cnn": CharacterCNN,
    "lstm": CharacterLSTM,
}


class Embedding(nn.Module):
    """Word vectors beside surface features, characters, pretrained vectors and other features.

    Args:
        config: Sizes and kinds.
        num_words: Rows of the word table; row 0 is the unknown word.
        num_characters: Rows of the character table; row 0 is padding, row 1 unknown.
        num_ngrams: Rows of the table of n-grams; 0 where there are none.
        num_vectors: Rows of the table of pretrained vectors; row 0 is for words without one.
        vector_size: Size of a pretrained vector; 0 where there are none.
        mapped_size: Size of a vector that is given of each word; 0 where none is.
        feature_sizes: For each feature of a token its number of values and the size of a value's
            vector.
        dense_size: Numbers that are given of each token.

    Attributes:
        output_size: Size of a token's vector.
        mapped_size: Size of a vector that is given of each word.
        word_vector_size: Size of the part of it that depends on the word alone.
        dense_size: Numbers that are given of each token.
        keep_probability: (words,) how likely an occurrence of each word is kept in training.

    Raises:
        ConfigError: A token's vector would have no part.
    """

    keep_probability: Tensor

    def __init__(
        self,
        config: EmbeddingConfig,
        num_words: int,
        num_characters: int,
        *,
        num_ngrams: int = 0,
        num_vectors: int = 0,
        vector_size: int = 0,
        mapped_size: int = 0,
        feature_sizes: Sequence[tuple[int, int]] = (),
        dense_size: int = 0,
    ) -> None:
        super().__init__()
        self.word_vector_size = 0
        self.words = self.ngrams = self.characters = self.vectors = None
        if config.word_size:
            self.words = Table(num_words, config.word_size)
            nn.init.normal_(self.words.weight, std=0.1)
            self.word_vector_size += config.word_size
        if config.ngram_size:
            self.ngrams = BagTable(num_ngrams, config.ngram_size)
            nn.init.normal_(self.ngrams.weight, std=0.03)
            self.word_vector_size += config.ngram_size
        if config.characters != "none":
            self.characters = _CHARACTER_ENCODERS[config.characters](
                num_characters, config.character_size, config.character_hidden_size
            )
            self.word_vector_size += self.characters.output_size
        if vector_size:
            self.vectors = Table(num_vectors, vector_size)
            nn.init.zeros_(self.vectors.weight)
            self.vectors.weight.requires_grad_(config.vectors_tuned)
            self.word_vector_size += vector_size
        self.mapped_size = mapped_size
        self.word_vector_size += mapped_size
        self.dense_size = dense_size
        self.output_size = self.word_vector_size + dense_size
        self.features = nn.ModuleList()
        for num_values, size in feature_sizes:
            table = nn.Embedding(num_values, size)
            nn.init.normal_(table.weight, std=0.1)
            self.features.append(table)
            self.output_size += size
        if not self.output_size:
            raise ConfigError(
                "embedding.word_size is 0, and so is ngram_size, without a character encoder, "
                "vectors or features: a token's vector needs one of them"
            )
        self.register_buffer(
            "keep_probability", torch.ones(num_words, device="cpu"), persistent=False
        )

    def forward(
        self,
        types: Tensor,
        features: Tensor,
        dense: Tensor,
        known: Tensor,
        words: Tensor,
        vectors: Tensor,
        mapped: Tensor,
        ngrams: Tensor,
        ngram_offsets: Tensor,
        characters: Tensor,
        character_lengths: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Embed a batch; see `seqtag.batching.Batch` for what the arguments hold.

        Returns:
            embedded (batch, length, embedding); and the vectors (new, ``word_vector_size``) of the
            words that are described, to be given as ``known`` another time. While training, when
            occurrences of words are dropped, there are none: ``known`` must have no rows then, and
            is what is returned.
        """
        # What depends on the word alone is computed once for every distinct word of the batch.
        described = []
        if self.ngrams is not None:
            described.append(self.ngrams(ngrams, ngram_offsets))
        if self.characters is not None:
            described.append(self.characters(characters, character_lengths))
        if self.vectors is not None:
            described.append(self.vectors(vectors))
        if self.mapped_size:
            described.append(mapped)
        parts = [part[types] for part in described] if self.training else []
        new = known
        if self.training and self.words is not None:
            numbers = drop_words(words[types], self.keep_probability, unknown=0)
            parts.insert(0, self.words(numbers))
        elif not self.training:
            if self.words is not None:
                described.insert(0, self.words(words))
            none = known.new_zeros(words.shape[0], 0)
            new = torch.cat(described, dim=1) if described else none
            # Without rows, it may be of any size.
            known = known.reshape(known.shape[0], self.word_vector_size)
            parts.append(torch.cat([known, new])[types])
        parts += [table(features[:, :, place]) for place, table in enumerate(self.features)]
        if self.dense_size:
            parts.append(dense)
        return torch.cat(parts, dim=2), new
