from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtag.errors import ConfigError, DataError
from seqtag.io.gazetteers import read_gazetteers
from seqtag.text.gazetteer import MAX_LABELS, Gazetteer


def test_label_stands_behind_a_tab_or_in_the_files_name(tmp_path: Path) -> None:
    path = tmp_path / "places.txt"
    path.write_bytes("\ufeffNew York\tLOC\r\n\n  \n San  Marino \n#1\t PER \n".encode())
    gazetteer = read_gazetteers(str(path))
    assert gazetteer.entries == ["#1\tPER", "new york\tLOC", "san marino\tplaces"]
    assert gazetteer.ignore_case


def test_several_files_make_one_gazetteer(tmp_path: Path) -> None:
    (tmp_path / "person.txt.gz").write_bytes(gzip.compress(b"Ada\n"))
    (tmp_path / "b").write_text("Paris\tcity.en\nAda\n", "utf-8")
    (tmp_path / "city.en.txt").write_text("Rome", "utf-8")
    spec = f"{tmp_path}/person.txt.gz, {tmp_path}/b,{tmp_path}/city.en.txt"
    gazetteer = read_gazetteers(spec, ignore_case=False)
    assert gazetteer.labels == ["b", "city.en", "person"]
    assert gazetteer.entries == ["Ada\tb", "Ada\tperson", "Paris\tcity.en", "Rome\tcity.en"]
    assert not gazetteer.ignore_case


word = st.text(
    st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp", "Cc"], exclude_characters="\ufeff"),
    min_size=1,
)


@given(st.lists(st.tuples(st.lists(word, min_size=1), st.sampled_from("XYZ")), min_size=1))
def test_written_phrases_are_read(
    tmp_path_factory: pytest.TempPathFactory, phrases: list[tuple[list[str], str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "phrases.txt"
    lines = "".join(f"{' '.join(tokens)}\t{label}\n" for tokens, label in phrases)
    path.write_bytes(lines.encode())
    expected = Gazetteer(phrases, ignore_case=False)
    assert read_gazetteers(str(path), ignore_case=False).entries == expected.entries


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"a\tX\n\tX\n", 2, "there is no phrase before the tab"),
        (b"a\tX\n  \t\n", 2, "there is no phrase before the tab"),
        (b"a\tX\nb\t\n", 2, "there is no label behind the tab"),
        (b"a\tX\nb\t  \n", 2, "there is no label behind the tab"),
        (b"a\tX\nb\tX\tY\n", 2, "there is more than one tab"),
        (b"a\tX\nb\tX Y\n", 2, "label 'X Y' holds a space; write a label of one word"),
        ("a\tX\nb\tX\u00a0Y\n".encode(), 2, "holds a space"),
        (b"a\tX\n\nb\xff\tX\n", 3, "byte 0xff is not UTF-8"),
        (b"", None, "the file holds no phrases; write one a line"),
        (b"\n \n", None, "the file holds no phrases"),
    ],
)
def test_damaged_lists_are_refused(
    tmp_path: Path, data: bytes, line: int | None, message: str
) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_bytes(b"a\n")
    bad.write_bytes(data)
    with pytest.raises(DataError, match=message) as caught:
        read_gazetteers(f"{good},{bad}")
    assert (caught.value.path, caught.value.line) == (str(bad), line)


def test_file_whose_name_is_no_label_needs_labels(tmp_path: Path) -> None:
    path = tmp_path / "my list.txt"
    path.write_text("a\tX\n", "utf-8")
    assert read_gazetteers(str(path)).labels == ["X"]
    path.write_text("a\tX\nb\n", "utf-8")
    with pytest.raises(DataError, match="label 'my list' holds a space") as caught:
        read_gazetteers(str(path))
    assert caught.value.line == 2


def test_too_many_labels_are_refused_where_they_are(tmp_path: Path) -> None:
    """A file with its columns the other way round has a label a line."""
    path = tmp_path / "turned.txt"
    path.write_text("".join(f"LOC\tplace{n}\n" for n in range(MAX_LABELS)), "utf-8")
    assert len(read_gazetteers(str(path)).labels) == MAX_LABELS
    path.write_text("".join(f"LOC\tplace{n}\n" for n in range(200)), "utf-8")
    with pytest.raises(DataError, match=f"'place{MAX_LABELS}' is one label too many") as caught:
        read_gazetteers(str(path))
    assert caught.value.line == MAX_LABELS + 1


@pytest.mark.parametrize("spec", ["", " ", ",", "a.txt,", "a.txt,,b.txt"])
def test_empty_paths_are_refused(spec: str) -> None:
    with pytest.raises(ConfigError, match="give paths of files with commas between them"):
        read_gazetteers(spec)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_gazetteers(str(tmp_path / "none.txt"))
