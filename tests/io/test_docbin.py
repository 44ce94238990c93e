from __future__ import annotations

import gzip
import io
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc, DocBin, Span
from spacy.vocab import Vocab

import seqtag
from seqtag.errors import DataError
from seqtag.io.annotated import read_blocks
from seqtag.io.columns import Columns, parse_columns
from seqtag.io.docbin import as_conllu, as_json_lines, is_docbin
from seqtag.io.labelled.columns import parse_text_columns
from seqtag.io.labelled.reader import read_labelled
from seqtag.text.sentence import Sentence
from tests.helpers import TINY, call

VOCAB = Vocab()


def document(**given: Any) -> Doc:  # noqa: ANN401 - as spaCy takes them
    """Return an annotated document of two sentences."""
    values: dict[str, Any] = {
        "words": ["Ada", "Berg", "\n", "sang", ".", "Nobody", "knew"],
        "spaces": [True, False, False, False, True, True, False],
        "sent_starts": [True, False, False, False, False, True, False],
        "pos": ["PROPN", "PROPN", "SPACE", "VERB", "PUNCT", "PRON", "VERB"],
        "tags": ["NNP", "NNP", "_SP", "VBD", ".", "NN", "VBD"],
        "morphs": ["Number=Sing", "Number=Sing", "", "Tense=Past|VerbForm=Fin", "", "", ""],
        "lemmas": ["Ada", "Berg", "\n", "sing", ".", "nobody", "know"],
        "heads": [3, 0, 1, 3, 3, 6, 6],
        "deps": ["nsubj", "flat", "dep", "ROOT", "punct", "nsubj", "ROOT"],
        "ents": ["B-PER", "I-PER", "O", "O", "O", "O", "O"],
    }
    return Doc(VOCAB, **{**values, **given})


def write(path: Path, docs: Sequence[Doc]) -> Path:
    DocBin(store_user_data=True, docs=docs).to_disk(path)
    return path


def lines_of(path: Path, view: Callable[[Any], Any] = as_conllu) -> list[str]:
    source = view(path)
    assert not isinstance(source, Path)
    return list(io.TextIOWrapper(source, "utf-8").read().splitlines())


def sentences(path: Path, columns: Columns) -> list[Sentence]:
    blocks = read_blocks(path, columns, "conllu", tags_required=True)
    return [block.sentence for block in blocks if block.rows]


def test_documents_are_read_as_conllu(tmp_path: Path) -> None:
    path = write(tmp_path / "a.spacy", [document()])
    assert lines_of(path) == [
        "# text = Ada Berg sang.",
        "1\tAda\tAda\tPROPN\tNNP\tNumber=Sing\t3\tnsubj\t_\tNER=B-PER",
        "2\tBerg\tBerg\tPROPN\tNNP\tNumber=Sing\t1\tflat\t_\tNER=I-PER|SpaceAfter=No",
        "3\tsang\tsing\tVERB\tVBD\tTense=Past|VerbForm=Fin\t0\tROOT\t_\tNER=O|SpaceAfter=No",
        "4\t.\t.\tPUNCT\t.\t_\t3\tpunct\t_\tNER=O",
        "",
        "# text = Nobody knew",
        "1\tNobody\tnobody\tPRON\tNN\t_\t2\tnsubj\t_\tNER=O",
        "2\tknew\tknow\tVERB\tVBD\t_\t0\tROOT\t_\tNER=O|SpaceAfter=No",
        "",
    ]


def test_columns_are_those_of_conllu_with_entities_and_spans(tmp_path: Path) -> None:
    doc = document()
    doc.spans["np"] = [Span(doc, 5, 6, "NP")]
    path = write(tmp_path / "a.spacy", [doc])
    found = sentences(path, parse_columns("tag=NER+UPOS+FEATS+spans.np", "conllu"))
    assert [sentence.tokens for sentence in found] == [
        ["Ada", "Berg", "sang", "."],
        ["Nobody", "knew"],
    ]
    assert found[0].tags_by["NER"] == ["B-PER", "I-PER", "O", "O"]
    assert found[0].tags_by["UPOS"] == ["PROPN", "PROPN", "VERB", "PUNCT"]
    assert found[1].tags_by["spans.np"] == ["B-NP", "O"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=1))
def test_tokens_come_back(words: list[str]) -> None:
    doc = Doc(VOCAB, words)
    with tempfile.TemporaryDirectory() as folder:
        lines = lines_of(write(Path(folder) / "a.spacy", [doc]))
    rows = [line.split("\t") for line in lines if line and not line.startswith("# ")]
    wanted = [" ".join(token.text.split()) for token in doc]
    assert [row[1] for row in rows] == [word for word in wanted if word]
    assert all(len(row) == 10 for row in rows)


def test_what_is_not_annotated_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.spacy", [Doc(VOCAB, ["a", "dog"]), Doc(VOCAB, ["\n"]), Doc(VOCAB)])
    assert lines_of(path) == [
        "# text = a dog",
        "1\ta\t_\t_\t_\t_\t_\t_\t_\t_",
        "2\tdog\t_\t_\t_\t_\t_\t_\t_\t_",
        "",
    ]
    path = write(tmp_path / "b.spacy", [Doc(VOCAB, ["a"])])
    message = "no document has NER of all its tokens; they have no annotation that can be learnt"
    with pytest.raises(DataError, match=message):
        sentences(
            write(tmp_path / "b.spacy", [Doc(VOCAB, ["a"])]), parse_columns("tag=NER", "conllu")
        )


def test_documents_without_what_is_wanted_are_left_out_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    partly = Doc(VOCAB, ["Ada", "sang"])
    partly.set_ents([Span(partly, 0, 1, "PER")], default="missing")
    none = Doc(VOCAB, ["Ada", "sang"])
    none.ents = []
    grouped = document(pos=None)
    grouped.spans["np"] = []
    docs = [Doc(VOCAB, ["Nobody"]), document(), partly, none, Doc(VOCAB), grouped]
    path = write(tmp_path / "a.spacy", docs)
    for columns, texts in (
        (
            "tag=NER",
            ["Ada Berg sang .", "Nobody knew", "Ada sang", "Ada Berg sang .", "Nobody knew"],
        ),
        ("tag=UPOS", ["Ada Berg sang .", "Nobody knew"]),
        ("tag=NER+UPOS", ["Ada Berg sang .", "Nobody knew"]),
        ("tag=spans.np", ["Ada Berg sang .", "Nobody knew"]),
    ):
        found = sentences(path, parse_columns(columns, "conllu"))
        assert [" ".join(sentence.tokens) for sentence in found] == texts
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == (
        f"{path}: left out 2 documents of 6, in which not all tokens have NER, the first is "
        "document 1"
    )
    assert len(told) == 4
    # Whoever tags them reads all.
    blocks = read_blocks(path, parse_columns("tag=NER", "conllu"), "conllu")
    assert len([block for block in blocks if block.rows]) == 7


def test_columns_that_are_there_are_named(tmp_path: Path) -> None:
    doc = Doc(VOCAB, ["Ada", "sang"], ents=["B-PER", "O"])
    doc.spans["np"] = []
    path = write(tmp_path / "a.spacy", [doc])
    message = r"no document has UPOS .*; what they have is NER, spans.np: name one, as in --columns"
    with pytest.raises(DataError, match=message):
        sentences(path, parse_columns(None, "conllu"))
    assert "no document has UPOS of all its tokens" in call("lint", path).err
    outcome = call("train", "--train", path, "-o", tmp_path / "run")
    assert (outcome.status, "--columns tag=NER" in outcome.err) == (2, True)


def test_white_space_in_spans_says_nothing(tmp_path: Path) -> None:
    doc = Doc(VOCAB, ["\n", "Rome", " ", "Paris", " ", "."])
    doc.ents = [Span(doc, 0, 2, "LOC"), Span(doc, 2, 5, "LOC")]
    (found,) = sentences(write(tmp_path / "a.spacy", [doc]), parse_columns("tag=NER", "conllu"))
    assert found.tags == ["B-LOC", "B-LOC", "O"]


def test_spans_that_nobody_asks_for_may_overlap(tmp_path: Path) -> None:
    doc = document()
    doc.spans["sc"] = [Span(doc, 0, 2, "A"), Span(doc, 1, 3, "B")]
    doc.spans["named"] = [Span(doc, 0, 1)]
    for key in ("a|b", "a\tb", "a b", "a=b", "a+b"):
        doc.spans[key] = [Span(doc, 0, 1, "X")]
    path = write(tmp_path / "a.spacy", [doc])
    rows = [line.split("\t") for line in lines_of(path) if "\t" in line]
    assert {cell.partition("=")[0] for row in rows for cell in row[9].split("|")} == {
        *("NER", "SpaceAfter")
    }
    assert sentences(path, parse_columns("tag=NER", "conllu"))[0].tags == [
        "B-PER",
        "I-PER",
        "O",
        "O",
    ]


def test_lines_of_texts_are_those_of_documents(tmp_path: Path) -> None:
    docs = [Doc(VOCAB, [f"text{number}"]) for number in range(200)]
    for doc in docs:
        doc.cats = {"a": 0.7, "b": 0.3}
    docs[150].cats = {"a": 0.4, "b": 0.3}
    path = write(tmp_path / "a.spacy", docs)
    columns = parse_text_columns(None, "jsonl")
    found = list(read_labelled(path, columns, "jsonl", labels_required=False))
    assert [text.line for text in found] == list(range(1, 201))
    message = (
        r"document 151: no category of the text 'text150 ' has 0.5 or more; give it one in doc"
    )
    with pytest.raises(DataError, match=message):
        list(read_labelled(path, columns, "jsonl", labels_required=True))


def test_packed_documents_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.spacy", [document()])
    packed = tmp_path / "b.spacy.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert is_docbin(packed)
    assert lines_of(packed) == lines_of(path)
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(DataError, match="the gzip data is damaged"):
        lines_of(packed)


def test_texts_have_the_category_that_is_given(tmp_path: Path) -> None:
    docs = [Doc(VOCAB, ["good", "film"]), Doc(VOCAB, ["bad"]), Doc(VOCAB, ["so", "so"])]
    docs[0].cats = {"positive": 1.0, "negative": 0.0}
    docs[1].cats = {"positive": 0.0, "negative": 1.0}
    path = write(tmp_path / "a.spacy", docs)
    lines = [json.loads(line) for line in lines_of(path, as_json_lines) if line]
    assert lines == [
        {"text": "good film ", "label": "positive"},
        {"text": "bad ", "label": "negative"},
        {"text": "so so "},
    ]
    columns = parse_text_columns(None, "jsonl")
    found = read_labelled(path, columns, "jsonl", labels_required=False)
    assert [text.label for text in found] == ["positive", "negative", None]
    docs[2].cats = {"a": 1.0, "b": 1.0}
    write(path, docs)
    with pytest.raises(DataError, match="'so so ' has the categories a and b"):
        list(read_labelled(path, columns, "jsonl", labels_required=True))


def test_what_tags_cannot_say_is_refused(tmp_path: Path) -> None:
    for spans, message in (
        ([(0, 2, "A"), (1, 3, "B")], "document 1: spans.x: span 'Berg.*' overlaps another"),
        ([(0, 1, "A|B")], "spans.x: label 'A|B' is no tag"),
        ([(0, 1, "")], "spans.x: label '' is no tag"),
        ([(0, 1, "A B")], "spans.x: label 'A B' is no tag"),
    ):
        doc = document()
        doc.spans["x"] = [Span(doc, start, end, label) for start, end, label in spans]
        path = write(tmp_path / "a.spacy", [doc])
        with pytest.raises(DataError, match=message) as error:
            sentences(path, parse_columns("tag=spans.x", "conllu"))
        assert error.value.path == str(path)


@pytest.mark.parametrize("content", [b"", b"no documents", b"\x80\x04", "damaged"])
def test_other_files_are_refused(content: bytes | str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.spacy", [document()])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if isinstance(content, str) else content)
    with pytest.raises(
        DataError, match="these are no documents of spaCy's, or not all of them.*DocBin.to_disk"
    ):
        lines_of(path)
    with pytest.raises(DataError, match="no such file|No such file|does not exist"):
        lines_of(tmp_path / "b.spacy")


def test_other_sources_stay_as_they_are() -> None:
    for source in ("a.conllu", "-", Path("b.tsv"), io.BytesIO()):
        assert as_conllu(source) is source
        assert as_json_lines(source) is source
        assert not is_docbin(source)
    assert is_docbin("a.SPACY")


def test_a_tagger_and_a_classifier_are_trained_and_judged_on_documents(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    docs = []
    for number in range(24):
        name = ["Ada", "Bo", "Cy", "Di"][number % 4]
        doc = nlp(f"{name} met Ed {number} times in Rome.")
        doc.set_ents([Span(doc, 0, 1, "PER")])
        doc.cats = {"even": float(number % 2 == 0), "odd": float(number % 2)}
        docs.append(doc)
    parts: dict[str, Any] = {
        part: write(tmp_path / f"{part}.spacy", docs) for part in ("train", "dev")
    }
    tagger = seqtag.train(**parts, columns="tag=NER", output=tmp_path / "run", **TINY)
    assert [span.label for span in tagger.tag(["Ada", "met", "Ed"]).spans] == ["PER"]
    assert seqtag.lint(**parts, columns="tag=NER").counts.get("columns", 0) == 0
    classifier = seqtag.train(task="classify", **parts, output=tmp_path / "labels", **TINY)
    assert set(classifier.labels) == {"even", "odd"}
