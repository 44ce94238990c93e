from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from scripts.pronunciation import PARTS, main, read_dictionary, split
from seqtag.errors import DataError

DICTIONARY = """\
;;; a comment
'em AH0 M
read R EH1 D
read(2) R IY1 D
read(3) R EH0 D # only the stress differs
data D EY1 T AH0 # or otherwise
data(2) D AE1 T AH0

#sharp SH AA1 R P
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "words.dict"
    path.write_text(text, "utf-8")
    return path


def many(count: int) -> str:
    """A dictionary in which every third word has two pronunciations."""
    lines = []
    for number in range(count):
        lines.append(f"word{number} W ER1 D\n")
        if number % 3 == 0:
            lines.append(f"word{number}(2) W AO0 D\n")
    return "".join(lines)


def test_stress_comments_and_marks_of_variants_are_left_out(tmp_path: Path) -> None:
    assert read_dictionary(write(tmp_path, DICTIONARY)) == {
        "'em": ["AH M"],
        "read": ["R EH D", "R IY D"],
        "data": ["D EY T AH", "D AE T AH"],
        "#sharp": ["SH AA R P"],
    }


def test_parts_share_no_word_and_lose_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, folder = write(tmp_path, many(200)), tmp_path / "new" / "parts"
    assert main([str(source), "-o", str(folder), "--seed", "1"]) == 0
    rows = {
        part: [
            tuple(line.split("\t"))
            for line in (folder / f"{part}.tsv").read_text("utf-8").splitlines()
        ]
        for part in PARTS
    }
    words = {part: {word for word, _ in rows[part]} for part in PARTS}
    assert {part: len(found) for part, found in words.items()} == {
        "train": 180,
        "dev": 10,
        "test": 10,
    }
    for first, second in itertools.combinations(PARTS, 2):
        assert not words[first] & words[second]
    pairs = [(word, spoken) for word, all_ in read_dictionary(source).items() for spoken in all_]
    assert sorted(itertools.chain(*rows.values())) == sorted(pairs)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"train: 180 words, {len(rows['train'])} pronunciations"


def test_split_goes_by_seed_and_words_and_not_by_their_order() -> None:
    words = [f"word{number}" for number in range(400)]
    first, again = split(words, 1), split(words[::-1], 1)
    assert {part: set(found) for part, found in first.items()} == {
        part: set(found) for part, found in again.items()
    }
    assert set(split(words, 2)["test"]) != set(first["test"])
    assert [word for word in words if word in set(first["dev"])] == first["dev"]


def test_word_without_phones_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path, "cat K AE1 T\ndog # no phones\n")
    with pytest.raises(DataError, match="'dog' has no phones") as caught:
        read_dictionary(source)
    assert (caught.value.path, caught.value.line) == (str(source), 2)
    assert main([str(source), "-o", str(tmp_path / "parts")]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {source}:2: 'dog' has no phones")
    assert not (tmp_path / "parts").exists()
    with pytest.raises(DataError, match="there are 0 words in it, too few"):
        read_dictionary(write(tmp_path, ";;; nothing\n"))
