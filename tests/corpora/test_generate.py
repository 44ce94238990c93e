"""What the sample corpora promise: their formats, their difficulty, and that they can be remade."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpora.generate import DEFAULT_FOLDER, generate, main

ROOT = Path(__file__).resolve().parents[2]
PARTS = ["train", "dev", "test"]
NAMES = sorted(
    [f"pos/{part}.conllu" for part in PARTS]
    + [f"{folder}/{part}.conll" for folder in ("ner", "targeted-sentiment") for part in PARTS]
    + [f"parallel/{part}.{language}" for language in ("en", "zq") for part in PARTS]
    + [f"sentiment/{part}.tsv" for part in PARTS]
    + [f"text/{part}.txt" for part in PARTS]
)


def shipped(name: str) -> str:
    """Return a sample's content with its line ends as they are."""
    return (DEFAULT_FOLDER / name).read_bytes().decode()


def lines(name: str) -> list[str]:
    return shipped(name).removesuffix("\n").split("\n")


def blocks(name: str) -> list[list[list[str]]]:
    """Return the sentences of a column file as lists of rows, without comments."""
    return [
        [row.split("\t") for row in block.split("\n") if not re.match("# (text|sent_id) = ", row)]
        for block in shipped(name).removesuffix("\n\n").split("\n\n")
    ]


def words(name: str) -> Iterator[list[str]]:
    """Yield the rows of a CoNLL-U file's words, without multiword tokens and empty nodes."""
    return (row for block in blocks(name) for row in block if row[0].isdigit())


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return generate()


def test_shipped_samples_are_what_the_generator_makes(generated: dict[str, str]) -> None:
    paths = DEFAULT_FOLDER.rglob("*")
    present = sorted(p.relative_to(DEFAULT_FOLDER).as_posix() for p in paths if p.is_file())
    assert present == sorted(generated) == NAMES
    assert [name for name in NAMES if shipped(name) != generated[name]] == []


def test_another_seed_makes_other_samples(generated: dict[str, str]) -> None:
    other = generate(seed=2)
    assert sorted(other) == NAMES
    assert [name for name in NAMES if other[name] == generated[name]] == []


def test_generator_runs_as_a_file_from_any_folder(tmp_path: Path) -> None:
    script = ROOT / "corpora" / "generate.py"
    command = [sys.executable, str(script), "--seed", "1", "samples"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    written = (tmp_path / "samples" / "text" / "test.txt").read_bytes()
    assert written.decode() == shipped("text/test.txt")


def test_main_writes_every_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path)])
    assert len(capsys.readouterr().out.splitlines()) == len(NAMES)
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")) == NAMES


def test_samples_stay_small() -> None:
    assert sum((DEFAULT_FOLDER / name).stat().st_size for name in NAMES) < 2_000_000


@pytest.mark.parametrize("name", NAMES)
def test_lines_end_at_lf_only(name: str) -> None:
    content = shipped(name)
    assert content.endswith("\n")
    assert content.splitlines() == content.removesuffix("\n").split("\n")


@pytest.mark.parametrize("name", NAMES)
def test_templates_are_filled(name: str) -> None:
    assert re.findall(r"[{}]", shipped(name)) == []


@pytest.mark.parametrize("folder", ["ner", "pos", "sentiment", "targeted-sentiment", "text"])
def test_no_sentence_of_test_occurs_in_train(folder: str) -> None:
    def sentences(part: str) -> set[str]:
        name = next(name for name in NAMES if name.startswith(f"{folder}/{part}."))
        separator = "\n\n" if "conll" in name else "\n"
        return {
            re.sub("# sent_id.*\n", "", item)
            for item in shipped(name).rstrip("\n").split(separator)
        }

    assert sentences("train") & sentences("test") == set()


# Parts of speech


@pytest.mark.parametrize("part", PARTS)
def test_pos_rows_have_ten_columns_and_no_empty_one(part: str) -> None:
    rows = [row for block in blocks(f"pos/{part}.conllu") for row in block]
    assert [row for row in rows if len(row) != 10 or "" in row] == []


@pytest.mark.parametrize("part", PARTS)
def test_pos_ids_count_words_and_place_ranges_and_empty_nodes(part: str) -> None:
    for block in blocks(f"pos/{part}.conllu"):
        number = 0
        for row in block:
            if "-" in row[0]:
                assert int(row[0].split("-")[0]) == number + 1
            elif "." in row[0]:
                assert row[0] == f"{number}.1"
            else:
                number += 1
                assert row[0] == str(number)


@pytest.mark.parametrize("part", PARTS)
def test_pos_text_comment_equals_the_tokens(part: str) -> None:
    comments = [line[9:] for line in lines(f"pos/{part}.conllu") if line.startswith("# text = ")]
    for comment, block in zip(comments, blocks(f"pos/{part}.conllu"), strict=True):
        text, covered = "", 0
        for row in block:
            if "." in row[0] or (row[0].isdigit() and int(row[0]) <= covered):
                continue
            covered = int(row[0].split("-")[-1])
            text += row[1] + ("" if row[9] == "SpaceAfter=No" else " ")
        assert text.rstrip() == comment


@pytest.mark.parametrize("part", PARTS)
def test_pos_features_are_sorted_and_unique(part: str) -> None:
    for row in words(f"pos/{part}.conllu"):
        keys = [pair.split("=")[0] for pair in row[5].split("|")]
        assert keys == sorted(set(keys)), row


def test_pos_has_multiword_tokens_and_empty_nodes_in_every_part() -> None:
    for part in PARTS:
        ids = [row[0] for block in blocks(f"pos/{part}.conllu") for row in block]
        assert sum("-" in identifier for identifier in ids) >= 20
        assert sum("." in identifier for identifier in ids) >= 3


def test_pos_sentences_have_3_to_35_words() -> None:
    lengths = [sum(row[0].isdigit() for row in block) for block in blocks("pos/train.conllu")]
    assert min(lengths) == 3
    assert 30 <= max(lengths) <= 35


def test_pos_same_word_is_noun_and_verb() -> None:
    tags = defaultdict(set)
    for row in words("pos/train.conllu"):
        tags[row[1].lower()].add(row[3])
    both = {word for word, found in tags.items() if {"NOUN", "VERB"} <= found}
    assert {"book", "plan", "watch", "report"} <= both
    assert len(both) >= 30


def test_pos_leaves_something_to_learn() -> None:
    """Giving each word its most frequent tag, and unseen words NOUN, gets 85 to 92%."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in words("pos/train.conllu"):
        counts[row[1].lower()][row[3]] += 1
    test = [(row[1].lower(), row[3]) for row in words("pos/test.conllu")]
    guesses = [counts[word].most_common(1)[0][0] if word in counts else "NOUN" for word, _ in test]
    right = sum(guess == tag for guess, (_, tag) in zip(guesses, test, strict=True))
    assert 0.85 <= right / len(test) <= 0.92
    assert sum(word not in counts for word, _ in test) / len(test) >= 0.05


# Entities and targets


@pytest.mark.parametrize(
    ("folder", "labels"),
    [("ner", {"PER", "LOC", "ORG", "PRODUCT"}), ("targeted-sentiment", {"POS", "NEG", "NEU"})],
)
@pytest.mark.parametrize("part", PARTS)
def test_tags_are_valid_bio_of_the_promised_types(folder: str, labels: set[str], part: str) -> None:
    found = set()
    for block in blocks(f"{folder}/{part}.conll"):
        before = "O"
        for row in block:
            token, tag = row
            assert token
            assert " " not in token
            if tag.startswith("I-"):
                assert before in {f"B-{tag[2:]}", tag}
            else:
                assert tag == "O" or tag.startswith("B-")
            found.add(tag[2:])
            before = tag
    assert found - {""} == labels


def entity_tokens(part: str) -> list[str]:
    rows = [row for block in blocks(f"ner/{part}.conll") for row in block]
    return [token for token, tag in rows if tag != "O"]


def test_ner_entities_of_test_are_largely_unseen() -> None:
    seen = {row[0] for block in blocks("ner/train.conll") for row in block}
    tokens = entity_tokens("test")
    assert sum(token not in seen for token in tokens) / len(tokens) >= 0.3


def test_ner_same_word_is_a_name_and_a_common_word() -> None:
    rows = [row for block in blocks("ner/train.conll") for row in block]
    names = {token.lower() for token, tag in rows if tag != "O"}
    common = {token.lower() for token, tag in rows if tag == "O"}
    assert {"baker", "hill", "reading", "summit", "lantern", "rose"} <= names & common


def test_ner_same_name_has_several_types() -> None:
    types = defaultdict(set)
    for block in blocks("ner/train.conll"):
        for token, tag in block:
            if tag.startswith("B-"):
                types[token].add(tag)
    assert sum(len(found) > 1 for found in types.values()) >= 20


def test_ner_has_adjacent_and_multi_token_entities() -> None:
    pairs = [
        (first[1], second[1])
        for block in blocks("ner/test.conll")
        for first, second in zip(block, block[1:], strict=False)
    ]
    assert sum(a != "O" and b.startswith("B-") for a, b in pairs) >= 10
    assert sum(b.startswith("I-") for _, b in pairs) >= 100


# Sentiment, parallel and plain text


@pytest.mark.parametrize("part", PARTS)
def test_sentiment_lines_are_text_tab_label(part: str) -> None:
    rows = [line.split("\t") for line in lines(f"sentiment/{part}.tsv")]
    assert all(len(row) == 2 for row in rows)
    labels = Counter(label for _, label in rows)
    assert set(labels) == {"positive", "negative"}
    assert min(labels.values()) >= 0.4 * len(rows)


def test_sentiment_needs_more_than_single_words() -> None:
    rows = [line.split("\t") for line in lines("sentiment/train.tsv")]
    for word in ("good", "excellent", "awful", "boring"):
        labels = Counter(label for text, label in rows if word in re.findall(r"\w+", text.lower()))
        assert min(labels["positive"], labels["negative"]) >= 0.1 * labels.total()


@pytest.mark.parametrize("part", PARTS)
def test_parallel_files_are_aligned_line_by_line(part: str) -> None:
    english, zaq = lines(f"parallel/{part}.en"), lines(f"parallel/{part}.zq")
    assert len(english) == len(zaq)
    assert all(english)
    assert all(zaq)
    questions = [(a.endswith("?"), b.endswith(" ka?")) for a, b in zip(english, zaq, strict=True)]
    assert all(a == b for a, b in questions)


def test_parallel_names_are_carried_over_and_partly_unseen() -> None:
    seen = set(re.findall(r"\w+", shipped("parallel/train.zq")))
    unseen = [word for word in re.findall(r"\w+", shipped("parallel/test.zq")) if word not in seen]
    assert len(unseen) >= 30


@pytest.mark.parametrize("part", PARTS)
def test_text_lines_are_paragraphs(part: str) -> None:
    for line in lines(f"text/{part}.txt"):
        assert line == line.strip()
        assert len(re.findall(r"[.!?]", line)) >= 3
