from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from seqtag.config import RunConfig, resolve
from seqtag.errors import ConfigError
from seqtag.models.tagger import TaggerModel
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.sentence import Sentence
from seqtag.text.vector_lookup import VECTOR_SCALE
from seqtag.training.initialization import copy_weights, set_vectors
from seqtag.training.preparation import build_spec
from seqtag.training.spec import TaggerSpec
from seqtag.training.tagging import build_model

SIZES: dict[str, Any] = {
    "embedding": {
        "word_size": 3,
        "ngram_size": 2,
        "characters": "cnn",
        "character_size": 3,
        "character_hidden_size": 4,
    },
    "encoder": {"hidden_size": 2, "num_layers": 1},
    "head": {"crf": True, "scheme": "bio"},
}

Weights = dict[str, npt.NDArray[np.floating]]


def make_config(**sections: dict[str, Any]) -> RunConfig:
    return resolve({name: values | sections.get(name, {}) for name, values in SIZES.items()})


def make_spec(
    sentences: list[Sentence], config: RunConfig | None = None, base: TaggerSpec | None = None
) -> TaggerSpec:
    return build_spec(
        config or make_config(),
        sentences,
        list(sentences[0].tags_by),
        format="conll",
        file_columns="token=0,tag=-1",
        file_width=2,
        base=base,
    )


def make_model(spec: TaggerSpec, seed: int) -> TaggerModel:
    """Return a model all of whose weights are random."""
    torch.manual_seed(seed)
    model = build_model(spec)
    for parameter in model.parameters():
        parameter.data.normal_()
    return model


def weights_of(model: TaggerModel) -> Weights:
    return {name: value.numpy().copy() for name, value in model.state_dict().items()}


BASE = make_spec([Sentence(["cat", "sat"], {"NER": ["B-X", "I-X"], "POS": ["N", "V"]})])


def start_from_base(
    sentences: list[Sentence], config: RunConfig | None = None
) -> tuple[TaggerSpec, Weights, Weights, Weights]:
    """Return the new description, and the weights of the base, before and after."""
    spec = make_spec(sentences, config, BASE)
    base_weights = weights_of(make_model(BASE, 1))
    model = make_model(spec, 2)
    before = weights_of(model)
    copy_weights(model, spec, BASE, base_weights)
    return spec, base_weights, before, weights_of(model)


def test_same_words_and_tags_give_the_same_model() -> None:
    spec = make_spec(
        [Sentence(["cat", "sat"], {"NER": ["B-X", "O"], "POS": ["N", "V"]})], base=BASE
    )
    weights = weights_of(make_model(BASE, 1))
    model = make_model(spec, 2)
    copy_weights(model, spec, BASE, weights)
    assert all(np.array_equal(value, weights[name]) for name, value in weights_of(model).items())


def test_rows_of_known_words_ngrams_and_characters_are_kept_and_new_ones_stay_random() -> None:
    new = Sentence(["new", "cat", "news"], {"NER": ["O", "B-X", "O"], "POS": ["N", "N", "N"]})
    spec, base, before, after = start_from_base([new])
    name = "embedding.words.weight"
    for word in ("cat", "sat", "unlisted"):
        assert np.array_equal(after[name][spec.words[word]], base[name][BASE.words[word]])
    assert np.array_equal(after[name][spec.words["new"]], before[name][spec.words["new"]])
    name = "embedding.characters.embedding.weight"
    assert spec.characters is not None
    assert BASE.characters is not None
    name = "embedding.ngrams.weight"
    assert spec.ngrams is not None
    assert BASE.ngrams is not None
    assert BASE.ngrams.items == ["hxxx", "nat>", "rx", "sat", "st"]  # of cat and sat
    for ngram in BASE.ngrams:
        assert np.array_equal(after[name][spec.ngrams[ngram]], base[name][BASE.ngrams[ngram]])
    for ngram in ("pn", "nnew"):
        row = spec.ngrams[ngram]
        assert np.array_equal(after[name][row], before[name][row])
    name = "embedding.characters.embedding.weight"
    for character in "cats?":
        row, base_row = spec.characters[character] + 1, BASE.characters[character] + 1
        assert np.array_equal(after[name][row], base[name][base_row])
    row = spec.characters["w"] + 1
    assert np.array_equal(after[name][row], before[name][row])


def test_potentials_of_known_tags_are_kept_and_new_ones_stay_random() -> None:
    new = Sentence(["cat", "dog"], {"NER": ["B-Y", "I-Y"], "POS": ["N", "X"]})
    spec, base, before, after = start_from_base([new])
    old, tags = BASE.columns[0].tags, spec.columns[0].tags
    assert set(tags) == {*old, "B-Y", "I-Y"}
    for tag in tags:
        rows = after["heads.0.projection.weight"], after["heads.0.projection.bias"]
        source = base if tag in old else before
        number = old[tag] if tag in old else tags[tag]
        assert np.array_equal(rows[0][tags[tag]], source["heads.0.projection.weight"][number])
        assert rows[1][tags[tag]] == source["heads.0.projection.bias"][number]
        for name in ("heads.0.start", "heads.0.end"):
            assert after[name][tags[tag]] == source[name][number]
        for following in tags:
            if tag in old and following in old:
                expected = base["heads.0.matrix"][old[tag], old[following]]
            else:
                expected = before["heads.0.matrix"][tags[tag], tags[following]]
            assert after["heads.0.matrix"][tags[tag], tags[following]] == expected


def test_encoder_is_taken_over_whole() -> None:
    new = Sentence(["dog"], {"LEMMA": ["dog"]})
    _, base, before, after = start_from_base([new], make_config(head={"scheme": "auto"}))
    for name, value in after.items():
        if name.startswith("encoder."):
            assert np.array_equal(value, base[name])
        if name.startswith("heads."):
            assert np.array_equal(value, before[name])


def test_encoder_with_peepholes_and_attention_starts_as_the_base_without_them() -> None:
    """Both begin as if they were not there; all other weights are those of the base."""
    new = Sentence(["cat"], {"NER": ["B-X"], "POS": ["N"]})
    more = {"cell": "peephole", "attention": True, "attention_heads": 2}
    spec = make_spec([new], make_config(encoder=more), BASE)
    base_weights, model = weights_of(make_model(BASE, 1)), build_model(spec)
    copy_weights(model, spec, BASE, base_weights)
    after = weights_of(model)
    added = {name for name in after if ".attention." in name or ".weight_c" in name}
    assert len(added) == 2 * 3 + 4
    assert not any(after[name].any() for name in added if name.endswith(("co", "output.weight")))
    for name in (name for name in after if name.startswith("encoder.") and name not in added):
        assert np.array_equal(after[name], base_weights[name])


def test_other_heads_of_attention_are_refused() -> None:
    sentence = Sentence(["cat"], {"NER": ["B-X"], "POS": ["N"]})
    specs = [
        make_spec([sentence], make_config(encoder={"attention": True, "attention_heads": heads}))
        for heads in (2, 4)
    ]
    weights = weights_of(make_model(specs[0], 1))
    copy_weights(make_model(specs[0], 2), specs[0], specs[0], weights)
    with pytest.raises(ConfigError, match=r"attention_heads is 4, in the run .* it is 2: leave it"):
        copy_weights(make_model(specs[1], 2), specs[1], specs[0], weights)


def test_head_is_found_by_its_columns_name() -> None:
    new = Sentence(["cat"], {"POS": ["V"], "NER": ["B-X"]})
    spec, base, _, after = start_from_base([new])
    assert spec.columns[0].tags.items == BASE.columns[1].tags.items
    for name in ("projection.weight", "projection.bias", "matrix", "start", "end"):
        assert np.array_equal(after[f"heads.0.{name}"], base[f"heads.1.{name}"])
        assert np.array_equal(after[f"heads.1.{name}"], base[f"heads.0.{name}"])


def test_head_of_another_scheme_starts_anew() -> None:
    new = Sentence(["cat"], {"NER": ["B-X"], "POS": ["N"]})
    _, base, before, after = start_from_base([new], make_config(head={"scheme": "bioes"}))
    for name in ("projection.weight", "matrix", "start"):
        assert np.array_equal(after[f"heads.0.{name}"], before[f"heads.0.{name}"])
        assert np.array_equal(after[f"heads.1.{name}"], base[f"heads.1.{name}"])


def test_softmax_takes_over_what_it_shares_with_a_crf() -> None:
    new = Sentence(["cat"], {"NER": ["B-X"], "POS": ["N"]})
    _, base, _, after = start_from_base([new], make_config(head={"crf": False}))
    assert "heads.0.matrix" not in after
    name = "heads.0.projection.weight"
    assert np.array_equal(after[name], base[name])


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("encoder", "hidden_size", 3),
        ("embedding", "word_size", 4),
        ("embedding", "word_size", 2),
        ("embedding", "ngram_size", 3),
        ("embedding", "character_size", 2),
    ],
)
def test_other_sizes_are_refused(section: str, key: str, value: int) -> None:
    new = Sentence(["cat"], {"NER": ["B-X"], "POS": ["N"]})
    with pytest.raises(ConfigError, match=r"weight \S+ has size .*, in the run to start from"):
        start_from_base([new], make_config(**{section: {key: value}}))


def make_rich_spec(
    values: list[str], base: TaggerSpec | None = None, *, vectors: tuple[str, ...] = ("cat", "dog")
) -> TaggerSpec:
    """Return a description with pretrained vectors, a feature column and a gazetteer."""
    tokens = ["cat"] * len(values)
    return build_spec(
        make_config(),
        [Sentence(tokens, {"NER": ["B-X"] * len(values)}, features_by={"POS": values})],
        ["NER"],
        format="conll",
        file_columns="token=0,feature=1,tag=-1",
        file_width=3,
        vectors=vectors,
        vector_size=2 if vectors else 0,
        gazetteer=Gazetteer([(["cat"], "ANIMAL")]) if base is None else None,
        base=base,
    )


def test_vectors_are_scaled_and_a_word_without_one_has_zeros() -> None:
    model = build_model(make_rich_spec(["N"]))
    set_vectors(model, np.array([[3.0, 4.0], [0.0, 5.0]], dtype=np.float32))
    assert model.embedding.vectors is not None
    table = model.embedding.vectors.weight.detach().numpy()
    assert table[0].tolist() == [0, 0]
    assert table[1] == pytest.approx(np.array([3, 4]) * VECTOR_SCALE / np.sqrt(12.5))
    assert np.sqrt(np.mean(table[1:] ** 2)) == pytest.approx(VECTOR_SCALE)


def test_vectors_features_and_phrases_are_taken_over() -> None:
    base = make_rich_spec(["N", "N", "V"])
    before = weights_of(make_model(base, 1))
    spec = make_rich_spec(["ADJ"], base, vectors=())
    assert spec.vectors is base.vectors
    assert spec.gazetteer is base.gazetteer
    assert spec.features["POS"].items == ["N", "V", "ADJ"]
    model = make_model(spec, 2)
    copy_weights(model, spec, base, before)
    after = weights_of(model)
    vectors, values = "embedding.vectors.weight", "embedding.features.0.weight"
    assert np.array_equal(after[vectors], before[vectors])
    assert np.array_equal(after[values][:3], before[values])
    assert after[values].shape == (4, 25)


def test_second_set_of_vectors_is_refused() -> None:
    with pytest.raises(ConfigError, match="has pretrained vectors of its own"):
        make_rich_spec(["N"], make_rich_spec(["N"]))


def test_run_that_reads_something_else_is_no_start() -> None:
    plain = make_spec([Sentence(["cat"], {"NER": ["B-X"]})])
    rich = make_rich_spec(["N"])
    with pytest.raises(ConfigError, match="reads no feature columns, this one feature columns POS"):
        make_rich_spec(["N"], plain, vectors=())
    with pytest.raises(ConfigError, match="reads feature columns POS, this one no feature columns"):
        make_spec([Sentence(["cat"], {"NER": ["B-X"]})], base=rich)

    def build(**extras: Any) -> TaggerSpec:  # noqa: ANN401 - of many types
        return build_spec(
            make_config(),
            [Sentence(["cat"], {"NER": ["B-X"]})],
            ["NER"],
            format="conll",
            file_columns="token=0,tag=-1",
            file_width=2,
            base=plain,
            **extras,
        )

    with pytest.raises(ConfigError, match="has no pretrained vectors.*leave embedding.vectors out"):
        build(vectors=["cat"], vector_size=2)
    with pytest.raises(ConfigError, match="has no phrases.*leave embedding.gazetteers out"):
        build(gazetteer=Gazetteer([(["cat"], "ANIMAL")]))


def test_case_of_phrases_is_that_of_the_run_to_start_from() -> None:
    base = make_rich_spec(["N"])
    config = make_config(embedding={"gazetteer_case": True})
    spec = build_spec(
        config,
        [Sentence(["cat"], {"NER": ["B-X"]}, features_by={"POS": ["N"]})],
        ["NER"],
        format="conll",
        file_columns="token=0,feature=1,tag=-1",
        file_width=3,
        base=base,
    )
    assert spec.gazetteer is base.gazetteer
    assert not spec.embedding.gazetteer_case
