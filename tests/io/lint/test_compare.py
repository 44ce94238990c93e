from __future__ import annotations

import io

from seqtag.io.columns import Format, parse_columns
from seqtag.io.lint.compare import report_conflicts, report_labels, report_shared
from seqtag.io.lint.file import Scan, scan_file
from seqtag.text.findings import Overlap


def scan(
    name: str,
    rows: str,
    *,
    columns: str | None = None,
    format: Format = "conll",
    train: Scan | None = None,
) -> Scan:
    """Scan rows whose columns are separated by spaces, sentences by ``|``."""
    text = rows.replace(" ", "\t").replace("|", "\n\n").replace(";", "\n")
    file = io.BytesIO(text.encode())
    file.name = name
    known = train.types if train else None
    return scan_file(file, parse_columns(columns, format), format, known=known)


def problems(*scans: Scan) -> list[str]:
    return [str(problem) for each in scans for problem in each.findings.problems()]


def word(tag: str, lemma: str = "l") -> str:
    return f"1\tw\t{lemma}\t{tag}\t_\t_\t_\t_\t_\t_"


def test_slips_are_looked_for_in_all_files_together() -> None:
    first = scan("a", "x B-LOC;y I-LOC|x O|z B-LOC")
    second = scan("b", "x O;y B-Loc|z B-Loc")
    third = scan("c", "x O|x B-LOC")
    report_labels([first, second, third], None, [])
    expected = "b:2: the label 'Loc' (2 times) looks like a slip for 'LOC' (3 times)"
    assert problems(first, second, third) == [expected]


def test_tags_that_are_no_spans_are_compared_as_they_are() -> None:
    file = scan("a", "x NN;y VB|x nn|z NNS;w NNP")
    report_labels([file], None, [])
    assert problems(file) == ["a:4: the tag 'nn' (once) looks like a slip for 'NN' (once)"]


def test_labels_that_training_lacks_are_told_once() -> None:
    train = scan("t", "x B-LOC;y I-LOC|x B-PER")
    dev = scan("d", "x B-Loc|x B-EVENT;y O|x I-PER")
    report_labels([train, dev], train, [dev])
    assert problems(train, dev) == [
        "d:1: the label 'Loc' (once) does not occur in t; did you mean 'LOC'?",
        "d:3: the label 'EVENT' (once) does not occur in t",
        "d:6: 'I-PER' cannot begin a sentence in the scheme bio",
    ]


def test_part_without_spans_has_no_unseen_labels() -> None:
    train = scan("t", "x B-LOC;y O")
    dev = scan("d", "x O;y O")
    report_labels([train, dev], train, [dev])
    assert problems(train, dev) == []


def test_tags_that_cannot_be_universal_are_told_once() -> None:
    train = scan("t", word("NOUN"), format="conllu")
    dev = scan("d", f"{word('Noun')}|{word('_')}", format="conllu")
    report_labels([train, dev], train, [dev])
    assert problems(train, dev) == ["d:1: 'Noun' (once) is no universal tag; did you mean NOUN?"]


def test_lemmas_may_differ_in_case_and_be_new() -> None:
    train = scan(
        "t", f"{word('X', 'march')}|{word('X', 'March')}", columns="tag=LEMMA", format="conllu"
    )
    dev = scan("d", word("X", "May"), columns="tag=LEMMA", format="conllu")
    report_labels([train, dev], train, [dev])
    assert problems(train, dev) == []


def test_conflicts_name_the_columns_that_differ() -> None:
    columns = "tag=1+2+3"
    file = scan("a", "x A B C;y A B C;z A B C|x A B D;y A E C;z A B C", columns=columns)
    assert report_conflicts([file]) == [0]
    assert problems(file) == ["a:5: the sentence has other 2, 3 tags than the same one at a:1"]


def test_sentences_with_rows_that_cannot_be_read_are_not_compared() -> None:
    train = scan("t", "x O;y O;z O|x O;y O;v O")
    dev = scan("d", "x O;y O;z O;w|x B-X;y O;z O;w O O|x O;y O;v O", train=train)
    assert report_conflicts([train, dev]) == [0, 0]
    assert report_shared(dev, train) == Overlap(sentences=1, of=1, unseen_tokens=0)
    assert problems(dev)[-1] == "d:11: the sentence is also in the training file, at t:5"


def test_unseen_tokens_are_counted_as_often_as_they_occur() -> None:
    train = scan("t", "x O;y O")
    dev = scan("d", "x O;z O;z O|z O;y O;w O", train=train)
    assert report_shared(dev, train) == Overlap(sentences=0, of=2, unseen_tokens=4)
