"""From a batch of words to vectors: word, surface features and characters, concatenated."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seqtag.config import EmbeddingConfig
from seqtag.layers.characters import CharacterCNN, CharacterLSTM
from seqtag.layers.dropout import drop_words

_CHARACTER_ENCODERS: dict[str, type[CharacterCNN] | type[CharacterLSTM]] = {
    "cnn": CharacterCNN,
    "lstm": CharacterLSTM,
}


class Embedding(nn.Module):
    """Word vectors beside hashed surface features and an encoding of the characters.

    Args:
        config: Sizes and kinds.
        num_words: Rows of the word table; row 0 is the unknown word.
        num_characters: Rows of the character table; row 0 is padding, row 1 unknown.

    Attributes:
        output_size: Size of a token's vector.
        keep_probability: (words,) how likely an occurrence of each word is kept in training.
    """

    keep_probability: Tensor

    def __init__(self, config: EmbeddingConfig, num_words: int, num_characters: int) -> None:
        super().__init__()
        self.output_size = 0
        self.words = self.ngrams = self.characters = None
        if config.word_size:
            self.words = nn.Embedding(num_words, config.word_size)
            nn.init.normal_(self.words.weight, std=0.1)
            self.output_size += config.word_size
        if config.ngram_size:
            self.ngrams = nn.EmbeddingBag(config.ngram_buckets, config.ngram_size, mode="sum")
            nn.init.normal_(self.ngrams.weight, std=0.03)
            self.output_size += config.ngram_size
        if config.characters != "none":
            self.characters = _CHARACTER_ENCODERS[config.characters](
                num_characters, config.character_size, config.character_hidden_size
            )
            self.output_size += self.characters.output_size
        self.register_buffer(
            "keep_probability", torch.ones(num_words, device="cpu"), persistent=False
        )

    def forward(
        self,
        types: Tensor,
        words: Tensor,
        ngrams: Tensor,
        ngram_offsets: Tensor,
        characters: Tensor,
        character_lengths: Tensor,
    ) -> Tensor:
        """Embed a batch; see `seqtag.batching.Batch` for what the arguments hold.

        Returns:
            (batch, length, embedding)
        """
        parts = []
        if self.words is not None:
            numbers = words[types]
            if self.training:
                numbers = drop_words(numbers, self.keep_probability, unknown=0)
            parts.append(self.words(numbers))
        # What depends on the word alone is computed once for every distinct word of the batch.
        if self.ngrams is not None:
            parts.append(self.ngrams(ngrams, ngram_offsets)[types])
        if self.characters is not None:
            parts.append(self.characters(characters, character_lengths)[types])
        return torch.cat(parts, dim=2)
