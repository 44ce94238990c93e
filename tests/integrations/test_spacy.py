from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import spacy
from confection import ConfigValidationError
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

import seqtag
from seqtag.errors import ConfigError, ModelError
from seqtag.integrations import spacy as component
from seqtag.integrations.spacy import NAME, SeqtagComponent, choose_attributes, splits_alike
from seqtag.text.tag_column import TagColumn
from seqtag.text.vocabulary import Vocabulary
from tests.helpers import ENVIRONMENT, TINY, files

TEXTS = [
    "Karin Lunde moved to Ostrava. She works for Lenz there!",
    "",
    " \n",
    "Nothing here",
    "Dr. Lunde  met\n\nAda Berg in Ostrava\n",
    "He's gone to U.S. cities, e.g. Reno; isn't he?",
]


def pipeline(run: Path | str, language: str = "en", **config: Any) -> Language:  # noqa: ANN401 - settings
    """Return a pipeline of a tokenizer and seqtag alone."""
    nlp = spacy.blank(language)
    nlp.add_pipe(NAME, config={"model": str(run), **config})
    return nlp


def component_of(nlp: Language) -> SeqtagComponent:
    """Return seqtag in a pipeline."""
    found = nlp.get_pipe(NAME)
    assert isinstance(found, SeqtagComponent)
    return found


def found(doc: Doc) -> dict[str, Any]:
    """Return all that a component can set, as plain values."""
    spans = {
        key: [
            (s.start, s.end, s.label_, score) for s, score in zip(g, g.attrs["scores"], strict=True)
        ]
        for key, g in doc.spans.items()
    }
    return {
        "tokens": [(t.text, t.pos_, t.tag_, str(t.morph), t._.get(NAME)) for t in doc],
        "ents": [(e.start, e.end, e.label_) for e in doc.ents],
        "spans": spans,
        "cats": dict(doc.cats),
    }


class Spaces:
    """A tokenizer that splits at spaces alone."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        return Doc(self.vocab, text.split(" "))


@pytest.fixture(scope="module")
def words_run(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    """Return a run on UPOS, XPOS, features and heads of words."""
    folder = tmp_path_factory.mktemp("runs") / "words"
    settings = {**TINY, "training.epochs": 3}
    seqtag.train(
        output=folder, columns="tag=UPOS+XPOS+FEATS+DEPREL", **files(corpus, "conllu"), **settings
    )
    return folder


def test_the_factory_is_found_by_its_entry_point() -> None:
    (entry,) = entry_points(group="spacy_factories", name=NAME)
    assert entry.load() is component.make_component


def test_tags_set_pos_tag_morph_and_custom(words_run: Path) -> None:
    nlp, tagger = pipeline(words_run), seqtag.load(words_run)
    values: dict[str, set[str]] = {}
    for text in TEXTS:
        doc = nlp(text)
        sentences = list(tagger.tag_text(text))
        tags = {n: [t for s in sentences for t in s.tags_by[n]] for n in tagger.tags_by}
        tokens = [token for token in doc if not token.is_space]
        assert [token.pos_ for token in tokens] == tags["UPOS"]
        assert [token.tag_ for token in tokens] == tags["XPOS"]
        morphs = [nlp.vocab.morphology.normalize_features(tag) for tag in tags["FEATS"]]
        assert [str(token.morph) for token in tokens] == ["" if m == "_" else m for m in morphs]
        assert [token._.seqtag for token in tokens] == [{"DEPREL": tag} for tag in tags["DEPREL"]]
        bare = nlp.make_doc(text)
        assert [t for t in found(doc)["tokens"] if t[0].isspace()] == [
            t for t in found(bare)["tokens"] if t[0].isspace()
        ]
        for name, each in tags.items():
            values.setdefault(name, set()).update(each)
    assert all(len(values[name]) > 1 for name in ("UPOS", "XPOS", "FEATS"))


def test_spans_set_entities_and_a_group_with_scores(ner_run: Path, ner: seqtag.Tagger) -> None:
    nlp = pipeline(ner_run)
    labels = set()
    for text in TEXTS:
        doc = nlp(text)
        spans = [span for sentence in ner.tag_text(text) for span in sentence.spans]
        places = [(span.start_char, span.end_char, span.label) for span in spans]
        assert [(e.start_char, e.end_char, e.label_) for e in doc.ents] == places
        group = doc.spans[NAME]
        assert [(e.start_char, e.end_char, e.label_) for e in group] == places
        assert group.attrs["scores"] == [span.score for span in spans]
        labels |= {span.label for span in spans}
        assert all(token.ent_iob_ in "OBI" for token in doc)
    assert len(labels) > 1


def test_labels_set_cats(label_run: Path, classifier: seqtag.Classifier) -> None:
    nlp = pipeline(label_run)
    for text in TEXTS:
        doc = Doc(nlp.vocab) if not text else nlp.make_doc(text)
        doc.cats = {"other": 0.5}
        expected = classifier.classify(text).scores
        assert nlp(doc).cats == {"other": 0.5, **expected}
    assert component_of(nlp).labels == tuple(classifier.labels)


def test_labels_are_those_of_tags_and_spans(
    corpus: Path, ner_run: Path, pos_run: Path, pos: seqtag.Tagger
) -> None:
    rows = [line.split() for line in (corpus / "train.conll").read_text("utf-8").splitlines()]
    spans = {row[-1].partition("-")[2] for row in rows if row and row[-1] != "O"}
    tags = {tag for column in pos.spec.columns for tag in column.tags.items}
    for run, labels in ((ner_run, spans), (pos_run, tags)):
        nlp = pipeline(run)
        assert component_of(nlp).labels == ()  # spaCy asks before the model is there
        nlp("the cat")
        assert set(component_of(nlp).labels) == labels


@pytest.mark.parametrize("batch_size", [1, 2, 50])
def test_streams_give_what_single_texts_give(
    ner_run: Path, label_run: Path, batch_size: int
) -> None:
    for run in (ner_run, label_run):
        nlp = pipeline(run)
        docs = list(nlp.pipe(TEXTS * 3, batch_size=batch_size))
        assert [doc.text for doc in docs] == TEXTS * 3
        for doc, text in zip(docs, TEXTS * 3, strict=True):
            one, other = found(doc), found(nlp(text))
            for name in ("tokens", "ents"):
                assert one[name] == other[name]
            assert one["cats"] == pytest.approx(other["cats"], abs=1e-5)
            for key, spans in one["spans"].items():
                assert [s[:3] for s in spans] == [s[:3] for s in other["spans"][key]]


def test_several_processes_give_what_one_does(ner_run: Path, label_run: Path) -> None:
    texts = TEXTS * 5
    nlp = pipeline(ner_run)
    nlp.add_pipe(NAME, name="labels", config={"model": str(label_run)})
    one = [found(doc) for doc in nlp.pipe(texts, batch_size=4)]
    two = [found(doc) for doc in nlp.pipe(texts, batch_size=4, n_process=2)]
    for first, second in zip(one, two, strict=True):
        assert first["ents"] == second["ents"]
        assert first["cats"] == pytest.approx(second["cats"], abs=1e-5)


AFTER_USE = """
import json, sys, spacy
import torch
nlp = spacy.blank("en")
nlp.add_pipe("seqtag", config={"model": sys.argv[1], "threads": 2})
texts = json.loads(sys.argv[2])
torch.ones(999, 999) @ torch.ones(999, 999)  # has the threads begin
here = [len(doc.ents) for doc in nlp.pipe(texts)]
there = [len(doc.ents) for doc in nlp.pipe(texts, n_process=2, batch_size=len(texts) // 2)]
print(json.dumps([torch.get_num_threads(), here, there]))
"""


def test_several_processes_end_where_the_model_was_in_use_with_several_threads(
    ner_run: Path,
) -> None:
    """A forked process would wait for the threads of the first one."""
    done = subprocess.run(
        [sys.executable, "-c", AFTER_USE, str(ner_run), json.dumps(TEXTS * 40)],
        env=ENVIRONMENT,
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    )
    threads, here, there = json.loads(done.stdout)
    assert threads == 2
    assert here == there
    assert sum(here) > 0


def test_contexts_stay_with_their_texts(ner_run: Path) -> None:
    nlp = pipeline(ner_run)
    pairs = list(nlp.pipe([(text, n) for n, text in enumerate(TEXTS)], as_tuples=True))
    assert [(doc.text, n) for doc, n in pairs] == [(text, n) for n, text in enumerate(TEXTS)]
    assert [found(doc)["ents"] for doc, _ in pairs] == [found(nlp(t))["ents"] for t in TEXTS]


def test_streams_may_have_no_end(ner_run: Path) -> None:
    nlp = pipeline(ner_run)
    endless = nlp.pipe(itertools.cycle(TEXTS), batch_size=4)
    assert [doc.text for doc in itertools.islice(endless, 10)] == (TEXTS * 2)[:10]


def test_the_pipeline_s_sentences_are_kept(pos_run: Path, pos: seqtag.Tagger) -> None:
    nlp = pipeline(pos_run)
    words = ["the", "cat", "sat", ".", "a", "dog", "ran", "there"]
    doc = Doc(nlp.vocab, words, sent_starts=[True, False, True, False, True, False, False, False])
    wanted = [tag for part in (words[:2], words[2:4], words[4:]) for tag in pos.tag(part).tags]
    assert [token.pos_ for token in nlp(doc)] == wanted


def test_models_read_given_tokens_where_they_are_told_to(pos_run: Path, pos: seqtag.Tagger) -> None:
    nlp = pipeline(pos_run, tokens="pipeline")
    words = ["don't", "stop", "10km/h"]
    assert [token.pos_ for token in nlp(Doc(nlp.vocab, words))] == pos.tag(words).tags


def test_long_documents_are_tagged_whole(pos_run: Path, pos: seqtag.Tagger) -> None:
    """A sentence longer than what the network reads at once is one for the tagger, too."""
    nlp = pipeline(pos_run)
    words = ["the", "cat", "sees", "a", "dog"] * 1200
    starts: list[bool | int | None] = [number == 0 for number in range(len(words))]
    doc = nlp(Doc(nlp.vocab, words, sent_starts=starts))
    assert [token.pos_ for token in doc] == pos.tag(words).tags


def test_merged_tokens_are_read_as_they_are(pos_run: Path, pos: seqtag.Tagger) -> None:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PER", "pattern": "Karin Lunde"}])  # type: ignore[attr-defined]
    nlp.add_pipe("merge_entities")
    nlp.add_pipe(NAME, config={"model": str(pos_run)})
    doc = nlp("Then Karin Lunde left")
    words = ["Then", "Karin Lunde", "left"]
    assert [token.text for token in doc] == words
    assert [token.pos_ for token in doc] == pos.tag(words).tags


SPACED = "They don't go to Ostrava, she said; Karin Lunde moved"


@pytest.mark.parametrize("tokens", ["auto", "model"])
def test_tags_of_other_tokens_are_never_shifted(
    pos_run: Path, pos: seqtag.Tagger, tokens: str, caplog: pytest.LogCaptureFixture
) -> None:
    nlp = pipeline(pos_run, tokens=tokens)
    nlp.tokenizer = Spaces(nlp.vocab)
    own = {
        offsets: tag
        for sentence in pos.tag_text(SPACED)
        for offsets, tag in zip(sentence.offsets, sentence.tags, strict=True)
    }
    doc = nlp(SPACED)
    assert [token.pos_ for token in doc] == [own.get((t.idx, t.idx + len(t)), "") for t in doc]
    assert [token.text for token in doc if not token.pos_] == ["don't", "Ostrava,", "said;"]
    (record,) = caplog.records
    assert "left out 12 predictions, whose borders are not those" in record.getMessage()
    assert "the first for 'do'" in record.getMessage()


def test_spans_of_other_tokens_are_never_shifted(
    ner_run: Path, ner: seqtag.Tagger, caplog: pytest.LogCaptureFixture
) -> None:
    nlp = pipeline(ner_run)
    nlp.tokenizer = Spaces(nlp.vocab)
    spans = [span for sentence in ner.tag_text(SPACED) for span in sentence.spans]
    assert [span.text for span in spans] == ["Ostrava", "Karin Lunde"]
    doc = nlp(SPACED)
    assert [(e.text, e.label_) for e in doc.ents] == [("Karin Lunde", spans[1].label)]
    assert doc.spans[NAME].attrs["scores"] == [spans[1].score]
    assert "left out 1 prediction, whose" in caplog.text
    assert "'Ostrava'" in caplog.text


def test_entities_that_are_there_are_kept_if_wanted(ner_run: Path) -> None:
    text = "Karin Lunde moved to Ostrava"
    usual = pipeline(ner_run)(text)
    assert len(usual.ents) == 2
    for overwrite in (True, False):
        nlp = spacy.blank("en")
        ruler = nlp.add_pipe("entity_ruler")
        ruler.add_patterns([{"label": "RULE", "pattern": "Lunde moved"}])  # type: ignore[attr-defined]
        nlp.add_pipe(NAME, config={"model": str(ner_run), "overwrite": overwrite})
        doc = nlp(text)
        rule = [] if overwrite else ["RULE"]
        assert [e.label_ for e in doc.ents if e.label_ == "RULE"] == rule
        assert doc.ents[-1].text == "Ostrava"
        assert len(doc.ents) == 2
        assert len(doc.spans[NAME]) == 2


@pytest.mark.parametrize("overwrite", [True, False])
def test_tags_that_are_there_are_kept_if_wanted(words_run: Path, overwrite: bool) -> None:  # noqa: FBT001
    nlp = pipeline(words_run, overwrite=overwrite)
    words = ["Karin", "Lunde", "moved"]
    usual = [t[1:4] for t in found(nlp(Doc(nlp.vocab, words)))["tokens"]]
    given = [("SYM", "T", "A=b"), ("", "T", "A=c"), ("SYM", "", "A=b")]
    pos, tags, morphs = map(list, zip(*given, strict=True))
    doc = nlp(Doc(nlp.vocab, words, pos=pos, tags=tags, morphs=morphs))
    assert [t[1:4] for t in found(doc)["tokens"]] == [
        new if overwrite else tuple(b or a for a, b in zip(new, old, strict=True))
        for new, old in zip(usual, given, strict=True)
    ]
    assert all(new[0] not in ("", "SYM") for new in usual)


def test_columns_can_set_something_else(words_run: Path, ner_run: Path) -> None:
    usual, doc = (
        pipeline(words_run, attributes=attributes)("The cat sat there.")
        for attributes in ({}, {"UPOS": "tag", "XPOS": "custom", "DEPREL": "none", "FEATS": "none"})
    )
    for before, token in zip(usual, doc, strict=True):
        assert (token.pos_, token._.seqtag, str(token.morph)) == ("", {"XPOS": before.tag_}, "")
        assert token.tag_ == before.pos_
    doc = pipeline(ner_run, attributes={"-1": "spans"}, spans_key="names")(
        "Karin Lunde moved to Ostrava"
    )
    assert (len(doc.ents), len(doc.spans["names"])) == (0, 2)
    assert NAME not in doc.spans


@pytest.mark.parametrize(
    ("attributes", "keys"),
    [
        ({}, {"seqtag"}),
        ({"2": "none"}, {"seqtag"}),
        ({"1": "spans", "2": "custom"}, {"seqtag"}),
        ({"1": "none"}, set()),
    ],
)
def test_groups_of_spans_are_called_by_the_columns_that_set_some(
    attributes: Mapping[str, Any], keys: set[str], tmp_path: Path
) -> None:
    data = [(["Ada", "wrote"], ["B-PER", "O"], ["PROPN", "VERB"])] * 5
    settings: dict[str, Any] = {**TINY, "training.epochs": 1}
    tagger = seqtag.train(train=data, dev=data, **settings)
    tagger.save(tmp_path / "model")
    doc = pipeline(tmp_path / "model", attributes=attributes)("Ada wrote")
    assert set(doc.spans) == keys


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"LEMMA": "tag"}, "column LEMMA, and the model predicts UPOS, XPOS"),
        ({"UPOS": "ents"}, "column UPOS cannot set 'ents': give one of pos, tag"),
        ({"XPOS": "pos"}, "column XPOS cannot set 'pos'"),
        ({"UPOS": "morph"}, "column UPOS cannot set 'morph': it has tags that are no features"),
        ({"UPOS": "tag", "XPOS": "tag"}, "columns UPOS and XPOS both set tag"),
    ],
)
def test_attributes_that_do_not_fit_are_refused(
    pos_run: Path, attributes: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        pipeline(pos_run, attributes=attributes)("the cat")


@pytest.mark.parametrize(
    ("name", "tags", "expected"),
    [
        ("FEATS", ["_", "Case=Nom", "Case=Nom|Number=Sing"], "morph"),
        ("morph", ["Case=Nom"], "morph"),
        ("morph", ["Case=Nom", "Vmip3s"], "tag"),  # which spaCy would fail on
        ("FEATS", ["Case=Nom|"], "tag"),
        ("Case", ["Case=Nom"], "tag"),
        ("FEATS", ["NOUN", "_"], "pos"),
    ],
)
def test_morph_is_set_by_features_alone(name: str, tags: list[str], expected: str) -> None:
    items = Vocabulary(tags, has_unknown=False)
    column = TagColumn(name=name, tags=items, file_scheme=None, scheme=None, crf=False)
    tagger: Any = SimpleNamespace(spec=SimpleNamespace(columns=[column]))
    assert choose_attributes(tagger, {}) == {name: expected}


def test_settings_that_are_none_are_refused(pos_run: Path) -> None:
    with pytest.raises(ConfigValidationError, match="tokens.*'words'"):
        pipeline(pos_run, tokens="words")
    with pytest.raises(ConfigValidationError, match="attributes.*UPOS.*'lemma'"):
        pipeline(pos_run, attributes={"UPOS": "lemma"})
    with pytest.raises(ConfigValidationError, match="overwrites"):  # the rest is spaCy's
        pipeline(pos_run, overwrites=True)


def test_what_is_no_model_for_a_pipeline_is_refused(
    tmp_path: Path, translator_run: Path, label_run: Path, corpus: Path
) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe(NAME)
    with pytest.raises(ConfigError, match='component seqtag has no model.*"runs/ner"'):
        nlp("the cat")
    with pytest.raises(ModelError, match="nowhere"):
        pipeline(tmp_path / "nowhere")("the cat")
    with pytest.raises(ConfigError, match="neither tags tokens nor labels texts"):
        pipeline(translator_run)("the cat")
    with pytest.raises(ConfigError, match="attributes are for taggers"):
        pipeline(label_run, attributes={"UPOS": "tag"})("the cat")
    seqtag.train(
        output=tmp_path / "run",
        columns="feature=XPOS,tag=UPOS",
        **files(corpus, "conllu"),
        **{**TINY, "training.epochs": 1},
    )
    with pytest.raises(ConfigError, match="reads feature XPOS of each token"):
        pipeline(tmp_path / "run")("the cat")


def test_a_pipeline_s_error_handler_decides(pos_run: Path, tmp_path: Path) -> None:
    nlp = pipeline(tmp_path / "nowhere")
    told: list[Exception] = []
    nlp.set_error_handler(lambda name, proc, docs, error: told.append(error))  # type: ignore[arg-type, return-value]  # handlers may return
    assert list(nlp.pipe(["the cat", "a dog"])) == []
    assert len(told) == 1
    assert isinstance(told[0], ModelError)


READ = """
import json, sys, spacy
nlp = spacy.load(sys.argv[1])
found = []
for doc in nlp.pipe(json.loads(sys.argv[2])):
    group = doc.spans.get("seqtag")
    tags = [[t.pos_, t.tag_, str(t.morph)] for t in doc]
    ents = [[e.text, e.label_] for e in doc.ents]
    found.append([*tags, *ents, doc.cats, None if group is None else group.attrs["scores"]])
print(json.dumps(found))
"""


def test_a_pipeline_that_was_saved_gives_the_same_in_another_process(
    ner_run: Path, label_run: Path, words_run: Path, tmp_path: Path
) -> None:
    for name, run in (("ner", ner_run), ("labels", label_run), ("words", words_run)):
        moved = tmp_path / f"{name}-run"
        shutil.copytree(run, moved)
        nlp = pipeline(moved)
        here = list(nlp.pipe(TEXTS))
        nlp.to_disk(tmp_path / name)
        shutil.rmtree(moved)  # the pipeline has all that it needs
        done = subprocess.run(
            [sys.executable, "-c", READ, str(tmp_path / name), json.dumps(TEXTS)],
            env=ENVIRONMENT,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        for doc, there in zip(here, json.loads(done.stdout), strict=True):
            group = doc.spans.get(NAME)
            assert there == [
                *([t.pos_, t.tag_, str(t.morph)] for t in doc),
                *([e.text, e.label_] for e in doc.ents),
                doc.cats,
                None if group is None else group.attrs["scores"],
            ]


def test_a_pipeline_can_be_saved_where_it_came_from(ner_run: Path, tmp_path: Path) -> None:
    nlp = pipeline(ner_run)
    nlp.to_disk(tmp_path / "saved")
    for _ in range(2):
        again = spacy.load(tmp_path / "saved")
        assert [found(again(text)) for text in TEXTS] == [found(nlp(text)) for text in TEXTS]
        again.to_disk(tmp_path / "saved")


def test_an_exported_model_is_saved_with_the_pipeline(
    ner_run: Path, ner: seqtag.Tagger, tmp_path: Path
) -> None:
    ner.save(tmp_path / "model")
    seqtag.export(tmp_path / "model")
    nlp = pipeline(tmp_path / "model", engine="onnx")
    here = [found(nlp(text)) for text in TEXTS]
    nlp.to_disk(tmp_path / "saved")
    shutil.rmtree(tmp_path / "model")
    again = spacy.load(tmp_path / "saved")
    assert [found(again(text)) for text in TEXTS] == here
    assert [doc["ents"] for doc in here] == [
        found(d)["ents"] for d in pipeline(ner_run).pipe(TEXTS)
    ]


def test_a_pipeline_goes_through_bytes(ner_run: Path) -> None:
    nlp = pipeline(ner_run)
    other = spacy.blank("en")
    other.add_pipe(NAME)
    other.from_bytes(nlp.to_bytes())
    for text in TEXTS:
        assert found(other(text)) == found(nlp(text))


def test_a_component_can_be_handed_to_another_process(ner_run: Path) -> None:
    import pickle

    nlp = pipeline(ner_run)
    nlp("the cat")
    component = pickle.loads(pickle.dumps(nlp.get_pipe(NAME)))
    assert isinstance(component, SeqtagComponent)
    for text in TEXTS:
        assert found(component(nlp.make_doc(text))) == found(nlp(text))


def test_documents_keep_what_is_set(ner_run: Path, words_run: Path) -> None:
    nlp = pipeline(ner_run)
    nlp.add_pipe(NAME, name="words", config={"model": str(words_run)})
    for text in TEXTS:
        doc = nlp(text)
        assert found(Doc(nlp.vocab).from_bytes(doc.to_bytes())) == found(doc)


def test_texts_are_split_alike_by_the_same_rules_alone(
    pos: seqtag.Tagger, classifier: seqtag.Classifier
) -> None:
    for model in (pos, classifier):
        assert splits_alike(spacy.blank("en"), model)
        assert not splits_alike(spacy.blank("de"), model)
        nlp = spacy.blank("en")
        nlp.tokenizer.add_special_case("dunno", [{"ORTH": "dun"}, {"ORTH": "no"}])  # type: ignore[union-attr]
        assert not splits_alike(nlp, model)
        nlp.tokenizer = Spaces(nlp.vocab)
        assert not splits_alike(nlp, model)


@pytest.mark.parametrize("language", ["xx", "de", "fr", "zh"])
def test_pipelines_of_other_languages(ner_run: Path, ner: seqtag.Tagger, language: str) -> None:
    """That of Chinese has a token for each letter, and spans begin and end with some of them."""
    nlp = pipeline(ner_run, language)
    text = "Karin Lunde moved to Ostrava. She works there"
    spans = [span for s in ner.tag_text(text) for span in s.spans]
    assert [(e.text, e.label_) for e in nlp(text).ents] == [(s.text, s.label) for s in spans]
    assert spans


def test_pipelines_are_scored_as_spacy_does(ner_run: Path, words_run: Path) -> None:
    nlp = pipeline(ner_run)
    nlp.add_pipe(NAME, "words", config={"model": str(words_run)})
    text = "Karin Lunde moved to Ostrava."
    doc = nlp(text)
    entities = [(each.start_char, each.end_char, each.label_) for each in doc.ents]
    assert len(entities) == 2
    for wanted, precision in ((entities, 1.0), (entities[1:], 0.5)):
        right = {
            "entities": wanted,
            "pos": [token.pos_ for token in doc],
            "morphs": [str(token.morph) for token in doc],
        }
        scores = nlp.evaluate([Example.from_dict(nlp.make_doc(text), right)])
        assert (scores["ents_p"], scores["ents_r"]) == (precision, 1.0)
        assert scores["pos_acc"] == scores["morph_acc"] == 1.0


def test_groups_of_spans_and_labels_are_scored(ner_run: Path, label_run: Path) -> None:
    nlp = pipeline(ner_run, attributes={"-1": "spans"}, spans_key="names")
    doc = nlp("Karin Lunde moved to Ostrava.")
    example = Example(nlp.make_doc(doc.text), doc)
    assert nlp.evaluate([example])["spans_names_f"] == 1.0
    nlp = pipeline(label_run)
    doc = nlp("a gripping film")
    best = max(doc.cats, key=lambda label: doc.cats[label])
    for right in doc.cats:
        cats = {label: float(label == right) for label in doc.cats}
        scores = nlp.evaluate([Example.from_dict(nlp.make_doc(doc.text), {"cats": cats})])
        assert scores["cats_micro_f"] == float(right == best)
