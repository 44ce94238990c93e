from __future__ import annotations

from pathlib import Path

import pytest

import seqtag
from seqtag.api.data import prediction_layout, read_sentences, rename_columns, training_layout
from seqtag.config import DataConfig
from seqtag.errors import ConfigError
from seqtag.text.sentence import Sentence


@pytest.mark.parametrize(
    ("data", "format", "spec"),
    [
        (DataConfig(train="a.conll"), "conll", "token=0,tag=-1"),
        (DataConfig(train="a.txt"), "conll", "token=0,tag=-1"),
        (DataConfig(train="a.conllu"), "conllu", "token=FORM,tag=UPOS"),
        (DataConfig(train="a.conllu.gz"), "conllu", "token=FORM,tag=UPOS"),
        (DataConfig(train="a.txt", format="conllu"), "conllu", "token=FORM,tag=UPOS"),
        (DataConfig(train="a", columns="token=1,tag=3+4"), "conll", "token=1,tag=3+4"),
    ],
)
def test_layout_goes_by_the_name_unless_it_is_given(
    data: DataConfig, format: str, spec: str
) -> None:
    layout = training_layout(data)
    assert (layout.format, layout.columns.spec, layout.comment) == (format, spec, None)


def test_prediction_takes_the_columns_of_training(ner: seqtag.Tagger, pos: seqtag.Tagger) -> None:
    layout = prediction_layout(ner.spec, "conll", None)
    assert (layout.columns.spec, layout.width) == ("token=0,tag=-1", 2)
    assert prediction_layout(pos.spec, "conllu", None).columns.spec == "token=FORM,tag=UPOS+XPOS"


def test_prediction_in_another_format_takes_its_defaults(
    ner: seqtag.Tagger, pos: seqtag.Tagger
) -> None:
    layout = prediction_layout(pos.spec, "conll", None)
    assert (layout.columns.spec, layout.width) == ("token=0,tag=-2+-1", None)
    assert prediction_layout(ner.spec, "conllu", None).columns.spec == "token=FORM,tag=Tag"


def test_wrong_number_of_columns_is_refused(ner: seqtag.Tagger) -> None:
    with pytest.raises(ConfigError, match=r"names 2 tag columns, but the model has 1 \(-1\)"):
        prediction_layout(ner.spec, "conll", "tag=1+2")


def test_sentences_are_read_with_the_files_width(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("-DOCSTART- O\n\na x O\n\n\nb x O\nc x O\n")
    sentences, width = read_sentences(
        str(tmp_path / "a.conll"), training_layout(DataConfig(train="a.conll"))
    )
    assert width == 3
    assert [sentence.tokens for sentence in sentences] == [["a"], ["b", "c"]]
    assert sentences[1].tags == ["O", "O"]


def test_columns_are_called_as_the_tagger_calls_them(pos: seqtag.Tagger) -> None:
    (sentence,) = rename_columns([Sentence(["a"], {"3": ["X"], "4": ["Y"]})], pos.spec)
    assert sentence.tags_by == {"UPOS": ["X"], "XPOS": ["Y"]}
