from __future__ import annotations

import json
from pathlib import Path

import pytest

from seqtag.api.translating import check_picture, translate_file, write_pictures
from seqtag.api.translator import Translator
from seqtag.config import SearchConfig
from seqtag.errors import ConfigError, DataError
from seqtag.io.translation_results import translation_text
from seqtag.text.translation import Translation
from tests.translators import make_spec, random_translator

LINES = ["abc fade", "", "bad", "  ", "deaf\tcab", "a\u2028b", "xyz", ""]


def translate(path: Path, max_length: int = 512) -> list[Translation]:
    translator = random_translator(make_spec(max_length=max_length))
    settings = translator.search_settings(pruning=0.0)  # so that it says much
    return [one for many in translate_file(translator, str(path), settings) for one in many]


def until_error(translator: Translator, path: Path) -> tuple[list[str], DataError]:
    """Return the texts that were translated, and the error that was raised behind them."""
    sources = []
    try:
        for many in translate_file(translator, str(path), translator.search_settings()):
            sources += [one.source for one in many]
    except DataError as error:
        return sources, error
    pytest.fail("nothing was raised")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("is_closed", [False, True])
def test_every_line_has_its_translation(ending: str, is_closed: bool, tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    lines = LINES if is_closed else [*LINES, "end"]
    path.write_bytes((ending.join(lines) + (ending if is_closed else "")).encode())
    translator = random_translator()
    found = translate(path)
    assert [one.source for one in found] == lines
    assert [one.text for one in found] == [translator.translate(line).text for line in lines]


def test_empty_file_has_no_translation(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_bytes(b"")
    assert translate(path) == []


def test_long_lines_are_translated_in_pieces_or_refused_by_their_number(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_text("ab\n\ncab\nabc fade bad\nab\n", "utf-8")
    assert [one.source for one in translate(path, 8)] == ["ab", "", "cab", "abc fade bad", "ab"]
    translator = random_translator(make_spec(max_length=8, search=SearchConfig(long="refuse")))
    before, error = until_error(translator, path)
    assert before == ["ab", "", "cab"]
    assert str(error).startswith(f"{path}:4: the text has 12 units, and encoder.max_length is 8")


def test_lines_before_damage_are_translated(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_bytes(b"ab\nbad\ncaf\xe9\nab\n")
    before, error = until_error(random_translator(), path)
    assert before == ["ab", "bad"]
    assert str(error).startswith(f"{path}:3: byte 0xe9 is not UTF-8")


@pytest.mark.parametrize("name", ["a.svg", "b.SVG", "c.html"])
def test_attention_of_one_translation_is_in_one_file(name: str, tmp_path: Path) -> None:
    found = random_translator().translate("abc fade")
    path = tmp_path / name
    assert write_pictures([found], str(path)) == [path]
    assert path.read_text("utf-8").startswith("<")


def test_attention_of_several_is_in_numbered_files_or_on_a_page(tmp_path: Path) -> None:
    found = list(random_translator().translate_many(["abc", "", "bad"]))
    written = write_pictures(found, str(tmp_path / "look.svg"))
    assert [path.name for path in written] == ["look.1.svg", "look.2.svg", "look.3.svg"]
    assert all("<svg" in path.read_text("utf-8") for path in written)
    assert write_pictures(found, str(tmp_path / "look.html")) == [tmp_path / "look.html"]
    assert (tmp_path / "look.html").read_text("utf-8").count("<svg") >= 2


@pytest.mark.parametrize("name", ["look", "look.pdf", "svg", "look.txt", ".html"])
def test_other_pictures_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"give a name that ends in .svg, .png or .html"):
        check_picture(str(tmp_path / name))


def test_picture_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    found = random_translator().translate("abc")
    with pytest.raises(ConfigError, match=r"nowhere.*no file can be written there"):
        write_pictures([found], str(tmp_path / "nowhere" / "a.svg"))


def test_texts_as_long_as_a_book_are_translated_without_attention(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqtag.training.text_decoder.MOST_WEIGHTS", 400)
    path = tmp_path / "in.txt"
    path.write_text(f"abc\n{'bad. ' * 40}\n", "utf-8")
    short, long = translate(path, 12)
    assert short.attention.size
    assert long.attention.shape == (0, 0)
    assert len(long.tokens) > 20
    assert "bad" in long._repr_html_()
    assert json.loads(translation_text(long, "jsonl"))["attention"] == []
    for name, drawn in (("a.svg", "a.1.svg"), ("a.html", "a.html")):
        assert write_pictures([short, long], str(tmp_path / name)) == [tmp_path / drawn]
    with pytest.raises(DataError, match=r"a\.svg: nothing is drawn: the texts are too long"):
        write_pictures([long], str(tmp_path / "a.svg"))


def test_line_of_a_megabyte_is_translated(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_text(f"{'ab cd. ' * 150_000}\nabc\n", "utf-8")
    translator = random_translator()
    settings = translator.search_settings(beam=1, max_length=1)
    long, short = (one for many in translate_file(translator, str(path), settings) for one in many)
    assert len(long.source_tokens) > 1_000_000
    assert short.source == "abc"
