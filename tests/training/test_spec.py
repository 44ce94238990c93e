from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seqtag.config import EmbeddingConfig, EncoderConfig
from seqtag.text.vocabulary import Vocabulary
from seqtag.training.spec import TaggerSpec
from tests import translators
from tests.helpers import batch_of, ngrams_of

NGRAMS = ngrams_of("cats")


def make_spec(
    characters: Vocabulary | None = None, ngrams: Vocabulary | None = NGRAMS
) -> TaggerSpec:
    return TaggerSpec(
        embedding=EmbeddingConfig(),
        encoder=EncoderConfig(),
        words=Vocabulary(["the", "cat"], has_unknown=True),
        rare_words=frozenset({"sat"}),
        characters=characters,
        ngrams=ngrams,
        columns=[],
        format="conll",
        file_columns="token=0,tag=1",
        file_width=2,
        comment="",
        language="en",
    )


def test_known_words_are_those_of_training_rare_or_not() -> None:
    known = make_spec().known_words
    assert all(word in known for word in ("the", "cat", "sat"))
    assert "dog" not in known


def test_character_rows_are_padding_unknown_and_the_listed_ones() -> None:
    assert make_spec().num_characters == 0
    assert make_spec(Vocabulary("abc", has_unknown=True)).num_characters == 5


def test_ngram_rows_are_the_listed_ones_and_one_at_least() -> None:
    assert make_spec(ngrams=None).num_ngrams == 0
    assert make_spec(ngrams=Vocabulary([], has_unknown=False)).num_ngrams == 1
    assert make_spec(ngrams=Vocabulary("a", has_unknown=False)).num_ngrams == 1
    assert make_spec(ngrams=Vocabulary("abc", has_unknown=False)).num_ngrams == 3


def test_highest_character_number_is_the_last_row() -> None:
    spec = make_spec(Vocabulary("abc", has_unknown=True))
    batch = batch_of(spec.featurizer(), [["cab"]])
    assert batch.characters.max() == spec.num_characters - 1


def test_featurizer_describes_what_the_model_reads() -> None:
    batch = batch_of(make_spec().featurizer(), [["cat", "dog"]])
    assert batch.words.tolist() == [2, 0]
    first, second = np.split(batch.ngrams, batch.ngram_offsets[1:])
    assert [NGRAMS.items[n] for n in sorted(first)] == [
        *("rx", "pc", "pca", "pcat", "n<ca", "ncat", "n<cat")
    ]
    assert [NGRAMS.items[n] for n in second] == ["rx"]
    assert batch.characters.shape == (2, 0)


def test_featurizer_without_surface_features_has_none() -> None:
    featurizer = make_spec(ngrams=None).featurizer()
    assert len(batch_of(featurizer, [["cat"]]).ngrams) == 0


@pytest.mark.parametrize(
    ("usual", "longest", "most", "lengths"),
    [
        (17, 45, 200, (45, 20)),  # from longer texts than any of training on, in usual ones
        (60, 90, 200, (90, 60)),
        (60, 90, 70, (70, 60)),  # nothing above encoder.max_length
        (3, 5, 200, (40, 20)),  # short texts are not torn apart
        (3, 5, 12, (12, 12)),
        (0, 0, 200, (200, 200)),  # of models that tell nothing
    ],
)
def test_texts_longer_than_those_of_training_are_cut(
    usual: int, longest: int, most: int, lengths: tuple[int, int]
) -> None:
    spec = translators.make_spec(max_length=most)
    spec = replace(spec, usual_length=usual, longest_length=longest)
    assert spec.cut_lengths == lengths
