"""Every network that can be trained can be exported, and computes the same without torch."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pytest
import torch

import seqtag
from seqtag.api import export as module
from seqtag.api import model_files, model_inputs
from seqtag.api.export import export, export_network
from seqtag.api.model_files import fingerprint, load_spec, read_card
from seqtag.batching import Batch, Featurizer
from seqtag.config import EmbeddingConfig, EncoderConfig, to_mapping
from seqtag.engines import onnx_graph
from seqtag.engines.onnx import OnnxEngine
from seqtag.engines.torch import TorchEngine
from seqtag.errors import ConfigError, ModelError
from seqtag.io.run_folder import EXPORTS
from seqtag.layers.cells import CELLS
from seqtag.models.tagger import TaggerModel
from seqtag.text.gazetteer import Gazetteer
from seqtag.text.sentence import Sentence
from seqtag.text.tag_column import TagColumn
from seqtag.text.vector_lookup import MappedVectors
from seqtag.text.vocabulary import Vocabulary
from seqtag.training.spec import TaggerSpec
from seqtag.training.tagging import build_model
from tests.helpers import ENVIRONMENT, ROOT, TINY, call, files, ngrams_of

WORDS = ["in", "york", "Ada", "wrote", "notes", ".", "lived"]
NGRAMS = ngrams_of("York", "wrote", "lives")
SENTENCES = [
    ["Ada", "lived", "in", "New", "York", "."],
    ["."],
    ["She", "wrote", "unbelievably", "many", "notes", ",", "in", "1843"],
    ["Ada", "Ada"],
]

EMBEDDINGS: Mapping[str, Mapping[str, Any]] = {
    "words": {"ngram_size": 0},
    "ngrams": {"word_size": 0},
    "cnn": {"characters": "cnn"},
    "lstm": {"characters": "lstm"},
    "vectors": {"vectors": True},
    "mapped": {"mapped": True},
    "column": {"features": True},
    "phrases": {"gazetteer": True},
    "column alone": {"word_size": 0, "ngram_size": 0, "features": True},
    "all": {"characters": "cnn", "vectors": True, "features": True, "gazetteer": True}
    | {"mapped": True},
}


class WordSource:
    """Vectors of two numbers for all words but a few."""

    size = 2

    def vectors(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the vectors (words, size)."""
        rows = [(len(w), -ord(w[0]) / 50) if w not in (".", "is") else (0, 0) for w in words]
        return np.array(rows, dtype=np.float32).reshape(-1, 2)

    def write(self, file: BinaryIO) -> None:
        """Write nothing: no test reads it."""


def make_spec(
    embedding: Mapping[str, Any] | None = None, encoder: Mapping[str, Any] | None = None
) -> TaggerSpec:
    """Return a small tagger with a softmax and a CRF."""
    sizes = dict(embedding or {})
    vectors, mapped, features, gazetteer = (
        sizes.pop(name, False) for name in ("vectors", "mapped", "features", "gazetteer")
    )
    small = {
        "word_size": 5,
        "ngram_size": 4,
        "character_size": 3,
        "character_hidden_size": 4,
        "feature_size": 3,
        "gazetteer_size": 2,
    }
    characters = Vocabulary("adeinorstwy.", has_unknown=True)
    places = Gazetteer.from_entries(["New York\tLOC", "Ada\tPER"], ignore_case=True)
    spans = Vocabulary(["O", "B-LOC", "I-LOC", "E-LOC", "S-LOC"], has_unknown=False)
    return TaggerSpec(
        embedding=EmbeddingConfig(**{**small, **sizes}),
        encoder=EncoderConfig(
            **{"hidden_size": 6, "num_layers": 2, "attention_heads": 2, **(encoder or {})}
        ),
        words=Vocabulary(WORDS, has_unknown=True),
        rare_words=frozenset(["many"]),
        characters=characters if sizes.get("characters", "none") != "none" else None,
        ngrams=NGRAMS if sizes.get("ngram_size", 1) else None,
        vectors=Vocabulary(["ada", "york"], has_unknown=True) if vectors else None,
        vector_size=3 if vectors else 0,
        mapped=MappedVectors(WordSource(), 0.5) if mapped else None,
        features={"1": Vocabulary(["X", "Y"], has_unknown=True)} if features else {},
        gazetteer=places if gazetteer else None,
        columns=[
            TagColumn(
                name="2",
                tags=Vocabulary(["A", "B", "C"], has_unknown=False),
                file_scheme=None,
                scheme=None,
                crf=False,
            ),
            TagColumn(name="3", tags=spans, file_scheme="bio", scheme="bioes", crf=True),
        ],
        format="conll",
        file_columns="token=0,tag=2+3",
        file_width=4,
        comment="",
        language="en",
    )


def make_model(spec: TaggerSpec) -> TaggerModel:
    """Return a tagger's network with weights that are all different."""
    torch.manual_seed(1)
    model = build_model(spec)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    if spec.characters is not None:
        with torch.no_grad():
            model.get_parameter("embedding.characters.embedding.weight")[0] = 0.0  # padding
    return model


def weights_of(model: TaggerModel) -> dict[str, npt.NDArray[np.floating]]:
    return TorchEngine(model).weights()


def batch_of(featurizer: Featurizer, sentences: Sequence[Sequence[str]]) -> Batch:
    values = itertools.cycle("XYZ")
    made = [
        Sentence(list(tokens), features_by={"1": [next(values) for _ in tokens]})
        for tokens in sentences
    ]
    return featurizer.batch([featurizer.rows(sentence) for sentence in made])


def largest_difference(first: OnnxEngine, second: TorchEngine, batch: Batch) -> float:
    """Return the largest difference of two engines' emissions, as a share of these."""
    pairs = zip(first(batch)[0], second(batch)[0], strict=True)
    return max(
        float(np.abs(a[batch.mask] - b[batch.mask]).max() / max(1.0, np.abs(b).max()))
        for a, b in pairs
    )


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("attention", [False, True], ids=["plain", "attention"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one", "two"])
@pytest.mark.parametrize("cell", CELLS)
def test_exported_network_computes_what_torch_does(
    cell: str, bidirectional: bool, attention: bool, embedding: str
) -> None:
    spec = make_spec(
        EMBEDDINGS[embedding],
        {"cell": cell, "bidirectional": bidirectional, "attention": attention},
    )
    reference = TorchEngine(make_model(spec))
    engine = OnnxEngine(export_network(spec, reference.weights(), int8=False))
    batch = batch_of(spec.featurizer(), SENTENCES)
    assert largest_difference(engine, reference, batch) < 1e-5
    assert engine.word_vector_size == reference.word_vector_size
    for found, wanted in zip(engine.transitions, reference.transitions, strict=True):
        for name in ("matrix", "start", "end"):
            assert np.array_equal(getattr(found, name), getattr(wanted, name))
    _, words = engine(batch)
    np.testing.assert_allclose(words, reference(batch)[1], atol=1e-5)


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("attention", [False, True], ids=["plain", "attention"])
@pytest.mark.parametrize("bidirectional", [False, True], ids=["one", "two"])
@pytest.mark.parametrize("cell", ["lstm", "peephole"])
def test_int8_network_computes_nearly_what_torch_does(
    cell: str, bidirectional: bool, attention: bool, embedding: str
) -> None:
    spec = make_spec(
        EMBEDDINGS[embedding],
        {"cell": cell, "bidirectional": bidirectional, "attention": attention},
    )
    reference = TorchEngine(make_model(spec))
    engine = OnnxEngine(export_network(spec, reference.weights(), int8=True))
    # Words by which the bounds were found: of others, what lies beyond is cut off.
    known = [[*WORDS, "many"], ["Ada"], ["in", "york", "."]]
    batch = batch_of(spec.featurizer(), known)
    difference = largest_difference(engine, reference, batch)
    assert 0.0 < difference < 0.05


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("int8", [False, True], ids=["fp32", "int8"])
def test_results_do_not_depend_on_the_batch(int8: bool, embedding: str) -> None:
    """Nor on what is known of its words already."""
    encoder = {"attention": embedding == "all"}
    spec = make_spec(EMBEDDINGS[embedding], encoder)
    engine = OnnxEngine(export_network(spec, weights_of(make_model(spec)), int8=int8))
    generator = np.random.default_rng(1)
    letters = np.array(list("adeinorstwyXYZ19."))
    words = ["".join(generator.choice(letters, size)) for size in generator.integers(1, 30, 300)]
    featurizer = spec.featurizer()
    sentences = [
        Sentence(list(generator.choice(words, n)), features_by={"1": ["X"] * n})
        for n in generator.integers(1, 30, 40).tolist()
    ]
    rows = [featurizer.rows(sentence) for sentence in sentences]
    together = featurizer.batch(rows)
    emissions, vectors = engine(together)
    # The same again, all words known.
    described = {
        name: np.zeros((0, *array.shape[1:]), dtype=array.dtype)
        for name, array in together.arrays().items()
        if name not in ("lengths", "types", "features", "dense", "known")
    }
    known = Batch(
        lengths=together.lengths,
        types=together.types,
        features=together.features,
        dense=together.dense,
        known=vectors,
        **described,
    )
    for number, row in enumerate(rows):
        alone, _ = engine(featurizer.batch([row]))
        for first, second, third in zip(emissions, alone, engine(known)[0], strict=True):
            np.testing.assert_allclose(first[number, : len(row)], second[0], atol=1e-6)
            np.testing.assert_allclose(first[number, : len(row)], third[number, : len(row)], atol=0)
        if number == 10:
            break


@pytest.mark.parametrize("int8", [False, True], ids=["fp32", "int8"])
def test_network_without_any_ngram_is_exported(int8: bool) -> None:
    spec = replace(make_spec(), ngrams=Vocabulary([], has_unknown=False))
    reference = TorchEngine(make_model(spec))
    engine = OnnxEngine(export_network(spec, reference.weights(), int8=int8))
    batch = batch_of(spec.featurizer(), [[*WORDS, "many"], ["Ada"]])
    assert largest_difference(engine, reference, batch) < (0.05 if int8 else 1e-5)


def test_other_number_of_ngrams_is_refused() -> None:
    weights = weights_of(make_model(make_spec()))
    fewer = Vocabulary(NGRAMS.items[1:], has_unknown=False)
    with pytest.raises(
        ValueError, match=r"embedding.ngrams.weight is \(\d+, 4\), but there are \d+ rows"
    ):
        export_network(replace(make_spec(), ngrams=fewer), weights, int8=False)


def test_tables_may_be_too_large_for_all_but_int8(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = make_spec({"vectors": True, "word_size": 64})
    many = [f"word{number}" for number in range(2000)]
    spec = replace(spec, words=Vocabulary([*WORDS, *many], has_unknown=True))
    monkeypatch.setattr(module, "SAMPLE_WORDS", len(WORDS) + 1)
    weights = weights_of(make_model(spec))
    wanted = export_network(spec, weights, int8=True)
    monkeypatch.setattr(onnx_graph, "_MAX_BYTES", weights["embedding.words.weight"].nbytes // 2)
    with pytest.raises(ConfigError, match="export with --int8"):
        export_network(spec, weights, int8=False)
    assert export_network(spec, weights, int8=True) == wanted


@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_needed_rows_are_those_that_words_name(
    embedding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAMPLE_WORDS", 4)
    spec = make_spec(EMBEDDINGS[embedding])
    weights = weights_of(make_model(spec))
    sample = module._sample(spec)
    few, batch = module._needed_rows(weights, sample)
    assert few.keys() == weights.keys()
    for name in ("words", "ngrams", "vectors"):
        table = f"embedding.{name}.weight"
        if table in weights:
            before, after = getattr(sample, name), getattr(batch, name)
            assert np.array_equal(few[table][after], weights[table][before])
            assert len(few[table]) == len({0, *before.tolist()})


@pytest.mark.parametrize("cell", ["gru", "rnn"])
def test_cell_without_whole_numbers_is_refused(cell: str) -> None:
    spec = make_spec(encoder={"cell": cell})
    with pytest.raises(ConfigError, match=f"encoder.cell is {cell}.*without --int8"):
        export_network(spec, weights_of(make_model(spec)), int8=True)


def test_export_needs_no_torch_and_says_where_it_wrote(ner_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(ner_run, tmp_path / "run"))
    code = (
        "import sys; sys.modules['torch'] = None; import seqtag; "
        f"print(seqtag.export({str(run)!r}), seqtag.export({str(run)!r}, int8=True))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.stderr == ""
    assert done.stdout.split() == [str(run / "model" / name) for name in EXPORTS.values()]


@pytest.fixture(scope="module")
def exported(ner_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of a run with both exports."""
    run = Path(shutil.copytree(ner_run, tmp_path_factory.mktemp("exported") / "run"))
    export(run)
    export(run, int8=True)
    return run


TOKENS = ["Ada", "Lovelace", "lived", "near", "Lake", "Ossel", "."]


def test_tagger_gives_the_same_answers(exported: Path, ner: seqtag.Tagger) -> None:
    wanted = ner.tag(TOKENS, nbest=3)
    found = seqtag.load(exported, engine="onnx").tag(TOKENS, nbest=3)
    assert found.tags == wanted.tags
    np.testing.assert_allclose(found.scores, wanted.scores, atol=1e-5)
    assert [tags for tags, _ in found.nbest] == [tags for tags, _ in wanted.nbest]


def test_int8_tagger_gives_nearly_the_same_answers(
    exported: Path, ner: seqtag.Tagger, corpus: Path
) -> None:
    quick = seqtag.load(exported / "model", engine="onnx", precision="int8")
    lines = (corpus / "test.conll").read_text("utf-8").splitlines()
    tokens = [line.split()[0] for line in lines if line]
    sentences = [tokens[i : i + 12] for i in range(0, len(tokens), 12)]
    first = [tag for sentence in quick.tag_many(sentences) for tag in sentence.tags]
    second = [tag for sentence in ner.tag_many(sentences) for tag in sentence.tags]
    assert sum(a == b for a, b in zip(first, second, strict=True)) > 0.97 * len(first)


def test_exports_are_small(exported: Path) -> None:
    sizes = [(exported / "model" / name).stat().st_size for name in EXPORTS.values()]
    weights = (exported / "model" / "weights.safetensors").stat().st_size
    assert sizes[0] < weights + 30_000
    assert sizes[1] < weights


def test_export_is_the_same_each_time(exported: Path) -> None:
    path = exported / "model" / EXPORTS["int8"]
    before = path.read_bytes()
    assert export(exported, int8=True) == path
    assert path.read_bytes() == before


def test_card_names_exports(exported: Path) -> None:
    assert "model.onnx" in read_card(exported)
    assert "model.int8.onnx" in call("info", exported).out


def test_new_training_removes_exports(corpus: Path, tmp_path: Path) -> None:
    settings = {**files(corpus, "conll"), **TINY, "training.epochs": 1}
    seqtag.train(output=tmp_path / "run", **settings)
    export(tmp_path / "run")
    seqtag.train(output=tmp_path / "run", force=True, **settings)
    assert not (tmp_path / "run" / "model" / "model.onnx").exists()


def test_saved_tagger_is_the_exported_network_alone(exported: Path, tmp_path: Path) -> None:
    tagger = seqtag.load(exported, engine="onnx", precision="int8")
    tagger.save(tmp_path / "slim")
    names = {path.name for path in (tmp_path / "slim").iterdir()}
    assert "model.int8.onnx" in names
    assert not names & {"weights.safetensors", "model.onnx"}
    again = seqtag.load(tmp_path / "slim", engine="onnx", precision="int8")
    assert again.tag(TOKENS).scores == tagger.tag(TOKENS).scores
    assert 'engine="onnx", precision="int8"' in (tmp_path / "slim" / "README.md").read_text("utf-8")
    assert "Exported as `model.int8.onnx` (" in read_card(tmp_path / "slim")
    with pytest.raises(ModelError, match="no weights, only model.int8.onnx: engine onnx can"):
        seqtag.load(tmp_path / "slim")
    with pytest.raises(ModelError, match="export, init\\) takes the run that it was saved from"):
        export(tmp_path / "slim")
    with pytest.raises(ModelError, match="`seqtag export RUN`, where RUN is the run"):
        seqtag.load(tmp_path / "slim", engine="onnx")


def test_exported_network_does_not_replace_weights(exported: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(exported / "model", tmp_path / "model"))
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    with pytest.raises(ConfigError, match="this model has weights.*give another folder") as caught:
        seqtag.load(model, engine="onnx").save(model)
    assert caught.value.path == str(model)
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before


def test_both_precisions_of_a_model_are_saved_into_one_folder(
    exported: Path, pos_run: Path, tmp_path: Path
) -> None:
    slim = tmp_path / "slim"
    for precision in ("fp32", "int8", "fp32"):
        seqtag.load(exported, engine="onnx", precision=precision).save(slim)
    for name in ("model.onnx", "model.int8.onnx"):
        assert (slim / name).read_bytes() == (exported / "model" / name).read_bytes()
    for precision in ("fp32", "int8"):
        seqtag.load(slim, engine="onnx", precision=precision).tag(TOKENS)
    # Nothing stays of another model, nor of a damaged one.
    other = Path(shutil.copytree(pos_run, tmp_path / "other"))
    export(other)
    seqtag.load(other, engine="onnx").save(slim)
    assert not (slim / "model.int8.onnx").exists()
    (slim / "model.onnx").write_bytes(b"damaged")
    seqtag.load(exported, engine="onnx", precision="int8").save(slim)
    assert not (slim / "model.onnx").exists()


def test_model_that_is_not_exported_is_refused(ner_run: Path) -> None:
    with pytest.raises(ModelError, match="make it: `seqtag export ") as caught:
        seqtag.load(ner_run, engine="onnx")
    assert f"`seqtag export {ner_run / 'model'}`" in str(caught.value)
    assert caught.value.path == str(ner_run / "model" / "model.onnx")
    with pytest.raises(ModelError, match="seqtag export [^ ]+ --int8`"):
        seqtag.load(ner_run, engine="onnx", precision="int8")


def test_export_of_another_model_is_refused(
    exported: Path, ner_run: Path, pos_run: Path, tmp_path: Path
) -> None:
    content = (exported / "model" / "model.onnx").read_bytes()
    other = Path(shutil.copytree(pos_run / "model", tmp_path / "other"))
    (other / "model.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="another description; export it again: `seqtag export"):
        seqtag.load(other, engine="onnx")
    same = Path(shutil.copytree(ner_run / "model", tmp_path / "same"))
    (same / "model.onnx").write_bytes(content)
    seqtag.load(same, engine="onnx")
    weights = bytearray((same / "weights.safetensors").read_bytes())
    weights[-1] ^= 1
    (same / "weights.safetensors").write_bytes(weights)
    with pytest.raises(ModelError, match="other weights; export it again"):
        seqtag.load(same, engine="onnx")


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x08\x12\x03abc"])
def test_damaged_export_is_refused(ner_run: Path, tmp_path: Path, content: bytes) -> None:
    model = Path(shutil.copytree(ner_run / "model", tmp_path / "model"))
    (model / "model.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"no ONNX file .*export it again") as caught:
        seqtag.load(model, engine="onnx")
    assert "\n" not in str(caught.value)


def test_weights_that_do_not_fit_are_refused(ner_run: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(ner_run / "model", tmp_path / "model"))
    description = json.loads((model / "model.json").read_text("utf-8"))
    for key, value in (("hidden_size", 8), ("num_layers", 2)):
        changed = {**description, "encoder": {**description["encoder"], key: value}}
        (model / "model.json").write_text(json.dumps(changed), "utf-8")
        with pytest.raises(ModelError, match="not the weights that the model's description"):
            export(model)
    assert not (model / "model.onnx").exists()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(value: float) -> None:
    spec = make_spec()
    weights = weights_of(make_model(spec))
    weights["embedding.words.weight"][1, 1] = value
    with pytest.raises(ValueError, match="no numbers"):
        export_network(spec, weights, int8=False)


def test_fingerprint_tells_what_the_network_depends_on(ner_run: Path, pos_run: Path) -> None:
    from dataclasses import replace

    (spec, _), (unlike, _) = load_spec(ner_run), load_spec(pos_run)
    assert isinstance(spec, TaggerSpec)
    assert isinstance(unlike, TaggerSpec)
    assert fingerprint(spec) != fingerprint(unlike)
    assert fingerprint(replace(spec, comment="%", facts={})) == fingerprint(spec)
    other = replace(spec, words=Vocabulary(["a"], has_unknown=True))
    assert fingerprint(other) != fingerprint(spec)
    for changed in (
        replace(spec, encoder=replace(spec.encoder, hidden_size=7)),
        replace(spec, embedding=replace(spec.embedding, feature_size=7)),
    ):
        assert fingerprint(changed) != fingerprint(spec)
    for same in (
        replace(spec, encoder=replace(spec.encoder, dropout=0.25, max_length=8)),
        replace(spec, embedding=replace(spec.embedding, max_ngrams=7, vectors="v.txt")),
    ):
        assert fingerprint(same) == fingerprint(spec)


def test_fingerprint_stays_when_a_later_version_has_more_to_tell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = make_spec({"characters": "cnn", "vectors": True, "features": True, "gazetteer": True})
    before = fingerprint(spec)
    describe = model_files._describe

    def with_more(config: EmbeddingConfig | EncoderConfig) -> dict[str, Any]:
        return {**to_mapping(config), "new_key": 1}

    monkeypatch.setattr(model_inputs, "to_mapping", with_more)
    monkeypatch.setattr(model_files, "_describe", lambda s: {**describe(s), "new_section": {}})
    assert fingerprint(spec) == before
    # Models that are out there have it in their exports.
    assert before == "54cbc58b66be3d32ac3b353cd40792a259d92bfac41bf904d4331e93a77e0468"


def test_every_key_is_known_to_change_the_network_or_not() -> None:
    """Whoever adds one decides whether exports of models that lack it still fit."""
    others = {
        "embedding": {
            *("word_min_count", "max_words", "unknown_word_dropout", "ngram_min_words"),
            *("max_ngrams", "vectors", "vectors_words", "vectors_tuned", "gazetteers"),
            *("text", "text_size"),  # told by the vectors
            *("language_model", "language_model_size"),  # told with the language models themselves
        },
        "encoder": {"dropout", "max_length", "variational"},
    }
    for name, config in (("embedding", EmbeddingConfig()), ("encoder", EncoderConfig())):
        changing = set(model_inputs.NETWORK_KEYS[name])
        assert not changing & others[name]
        assert changing | others[name] == set(to_mapping(config))


def test_slim_install_tags_without_all_else(exported: Path, tmp_path: Path) -> None:
    """NumPy and ONNX Runtime are all that tagging of tokens takes, from Python and in a pipe."""
    slim = tmp_path / "slim"
    seqtag.load(exported, engine="onnx", precision="int8").save(slim)
    code = f"""
import importlib.abc, sys
allowed = {{"numpy", "onnxruntime", "flatbuffers", "packaging", "google", "seqtag"}}
class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        top = name.partition(".")[0]
        if top not in allowed and top not in sys.stdlib_module_names:
            raise ImportError(f"{{name}} is blocked")
sys.meta_path.insert(0, Blocker())
import seqtag
tagger = seqtag.load({str(slim)!r}, engine="onnx", precision="int8")
print(tagger.tag({TOKENS!r}).tags)
from seqtag.cli.main import main
options = ["--input", "tokens", "--engine", "onnx", "--precision", "int8"]
sys.exit(main(["tag", {str(slim)!r}, *options]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=ENVIRONMENT,
        input=" ".join(TOKENS),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    wanted = seqtag.load(slim, engine="onnx", precision="int8").tag(TOKENS).tags
    first, _, rest = done.stdout.partition("\n")
    assert first == str(wanted)
    assert [line.split("\t")[-1] for line in rest.split("\n") if line] == wanted


def test_clipped_words_keep_their_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words unlike all by which the bounds were found are cut off there, and change no others."""
    monkeypatch.setattr(module, "SAMPLE_WORDS", 1)
    spec = make_spec({"word_size": 0})
    engine = OnnxEngine(export_network(spec, weights_of(make_model(spec)), int8=True))
    featurizer = spec.featurizer()
    usual = ["in", "in"]
    unusual = ["antidisestablishmentarianism" * 3]
    [first, _], vectors = engine(batch_of(featurizer, [usual, unusual]))
    [second, _], _ = engine(batch_of(featurizer, [usual]))
    assert np.abs(vectors).max() == 1.0
    assert np.array_equal(first[0, :2], second[0])
