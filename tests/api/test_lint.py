from __future__ import annotations

import gzip
import itertools
import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import seqtag
from seqtag.api.lint import lint
from seqtag.errors import ConfigError, DataError, SeqtagError
from seqtag.text.findings import Kind, LintReport
from tests.helpers import SAMPLES, files


class Planted:
    """A file under construction, and the problems planted in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[tuple[str, int, Kind]] = []
        self._lines: list[bytes] = []
        self._words = itertools.count()

    @property
    def line(self) -> int:
        """The line that is written next."""
        return len(self._lines) + 1

    def word(self) -> str:
        """Return a word that occurs nowhere else."""
        return f"{self.path.stem}{next(self._words)}"

    def write(self, *rows: str | bytes, end: str = "") -> int:
        """Write rows and the line that ends them, and return the line of the first."""
        first = self.line
        self._lines += [row.encode() if isinstance(row, str) else row for row in (*rows, end)]
        return first

    def tagged(self, tags: str, *, words: str = "") -> int:
        """Write a CoNLL sentence with tags separated by spaces."""
        tokens = words.split() or [self.word() for _ in tags.split()]
        return self.write(
            *(f"{token}\t{tag}" for token, tag in zip(tokens, tags.split(), strict=True))
        )

    def plant(self, kind: Kind, line: int) -> None:
        """Note that there is a problem."""
        self.problems.append((os.fspath(self.path), line, kind))

    def save(self) -> Path:
        """Write the file."""
        self.path.write_bytes(b"\n".join(self._lines))
        return self.path


def found(report: LintReport) -> list[tuple[str, int, Kind]]:
    return sorted((problem.path, problem.line, problem.kind) for problem in report.problems)


def clean_sentences(file: Planted) -> None:
    for _ in range(10):
        file.tagged("B-PER I-PER O O B-LOC")
        file.tagged("O B-ORG I-ORG I-ORG B-PER O")
    file.write("-DOCSTART-\t-X-")
    file.write("# no comment but a token\tO", end=" \t ")
    file.write("New York\tB-LOC\r", f"{file.word()}\tO\r", end="\r")
    file.write("می\u200cخواهم\tO", "👩\u200d🚀\tO", "❤\ufe0f\tO", f"{file.word()}\tO")


def plant_rows(file: Planted) -> None:
    """Plant what is wrong in single rows of CoNLL."""
    for row in (f"{file.word()}", f"{file.word()}\tO\tO", f"{file.word()}\t\tB-PER", "#comment"):
        first = file.write(f"{file.word()}\tB-PER", row, f"{file.word()}\tI-PER")
        file.plant("columns", first + 1)
    for damaged in (b"caf\xe9\tO", b"\xff\xfe", b"x\tO\xc3"):
        first = file.write(f"{file.word()}\tB-PER", damaged, f"{file.word()}\tI-PER")
        file.plant("encoding", first + 1)
    file.plant("separators", file.write(f"{file.word()}\tO", f"{file.word()} O") + 1)
    for row in (f"\t{'O'}", "   \tO", f"{file.word()}\t", f"{file.word()}\t "):
        first = file.write(f"{file.word()}\tB-PER", row, f"{file.word()}\tO")
        file.plant("empty", first + 1)
    for row in (f" {file.word()}\tO", f"{file.word()} \tO", f"{file.word()}\tI-PER "):
        first = file.write(f"{file.word()}\tB-PER", row, f"{file.word()}\tI-PER")
        file.plant("spaces", first + 1)
        if "I-PER" not in row:
            file.plant("transition", first + 2)
    for character in "\u200b\ufeff\xad\u202e\xa0\0\x1b\u2028\u200e\ufffd\u3000\x85":
        for row in (f"{file.word()}{character}x\tO", f"{file.word()}\tO{character}"):
            file.plant("characters", file.write(f"{file.word()}\tO", row) + 1)
    file.plant("characters", file.write(f"{file.word()}\rx\tO"))
    file.plant("characters", file.write("\u200b\tO"))
    file.plant("characters", file.write(f"{file.word()}\tO", "\xa0") + 1)  # looks blank
    file.write(f"{'y' * 500}\tO")
    file.plant("long-token", file.write(f"{'y' * 501}\tO"))
    file.tagged(" ".join("O" * 512))
    file.plant("long-sentence", file.tagged(" ".join("O" * 513)))


def plant_tags(file: Planted) -> None:
    """Plant tags that break their scheme, or look like slips for others."""
    file.plant("transition", file.tagged("O I-LOC I-LOC O") + 1)
    file.plant("transition", file.tagged("I-LOC I-LOC"))
    file.plant("transition", file.tagged("O B-PER I-ORG O") + 2)
    file.plant("foreign-tag", file.tagged("O b-PER I-PER O") + 1)
    file.plant("foreign-tag", file.tagged("B-PER E-PER O") + 1)
    file.plant("foreign-tag", file.tagged("O PER O") + 1)
    file.plant("foreign-tag", file.tagged("B-PER o O") + 1)
    file.plant("similar-label", file.tagged("O B-Loc I-Loc") + 1)
    file.tagged("B-Loc O")
    file.plant("similar-label", file.tagged("O O O B-PERS") + 3)


def plant_conflict(file: Planted) -> None:
    usual = "B-PER I-PER O O"
    words = " ".join(file.word() for _ in range(4))
    file.plant("conflict", file.tagged("O B-PER O O", words=words))
    file.tagged(usual, words=words)
    file.tagged(usual, words=words)
    file.plant("conflict", file.tagged("B-PER O O O", words=words))
    # Too short to tell.
    file.tagged("B-PER O", words="Yes .")
    file.tagged("O O", words="Yes .")


def test_every_planted_problem_is_found_in_its_line_and_nothing_else(tmp_path: Path) -> None:
    file = Planted(tmp_path / "train.conll")
    for plant in (clean_sentences, plant_rows, clean_sentences, plant_tags, plant_conflict):
        plant(file)
    report = lint(file.save(), limit=None)
    assert found(report) == sorted(file.problems)
    assert report.counts == Counter(kind for *_, kind in file.problems)
    summary = report.files[0]
    assert summary.problems == report.counts
    assert (summary.width, summary.separator, summary.documents) == (2, "tabs", 2)
    assert (summary.longest, summary.tags[0].scheme) == (513, "bio")
    assert summary.ambiguous == 1


def test_every_planted_difference_between_parts_is_found(tmp_path: Path) -> None:
    train, dev, test = (Planted(tmp_path / f"{part}.conll") for part in ("train", "dev", "test"))
    for file in (train, dev, test):
        clean_sentences(file)
    in_train = train.tagged("B-PER O O O", words="Ada lived in London")
    train.tagged("O O O O O", words="this occurs in training too")
    train.tagged("O O", words="Thanks !")
    dev.plant("leak", dev.tagged("O O O O O", words="this occurs in training too"))
    dev.tagged("O O", words="Thanks !")
    dev.tagged("O O O", words="this occurs in")
    dev.plant("unseen-label", dev.tagged("O B-EVENT I-EVENT O B-EVENT") + 1)
    dev.plant("unseen-label", dev.tagged("B-Per I-Per O O"))
    line = test.tagged("B-PER O O B-LOC", words="Ada lived in London")
    test.plant("leak", line)
    test.plant("conflict", line)
    test.plant("unseen-label", test.tagged("O B-ORGG") + 1)
    report = lint(train=train.save(), dev=dev.save(), test=test.save())
    assert found(report) == sorted(train.problems + dev.problems + test.problems)
    messages = {(problem.path, problem.kind): problem.message for problem in report.problems}
    leak = messages[os.fspath(test.path), "leak"]
    assert leak.endswith(f"at {train.path}:{in_train}")
    conflict = messages[os.fspath(test.path), "conflict"]
    assert conflict.endswith(f"at {train.path}:{in_train}")
    assert "did you mean 'ORG'?" in messages[os.fspath(test.path), "unseen-label"]
    overlap = report.files[1].overlap
    assert overlap is not None
    assert (overlap.sentences, report.files[0].overlap) == (1, None)
    # Files that are no parts are compared for conflicts alone.
    report = lint(train.path, dev.path, test.path)
    assert {problem.kind for problem in report.problems} == {"conflict", "similar-label"}


def conllu_row(number: str, tag: str, word: str = "", misc: str = "_") -> str:
    return f"{number}\t{word or 'w' + number}\tl\t{tag}\t_\t_\t0\troot\t_\t{misc}"


def plant_conllu(file: Planted) -> None:
    """Plant what is wrong in CoNLL-U."""

    def sentence(*numbers: str) -> int:
        rows = [conllu_row(number, "NOUN", file.word()) for number in numbers]
        return file.write("# sent_id = 1", *rows)

    sentence("1", "2", "3")
    sentence("1-2", "1", "2", "3-4", "3", "4", "4.1", "4.2", "5")
    sentence("0.1", "1", "1.1", "2-3", "2", "3")
    file.write(conllu_row("1", "X", file.word()), "# between", conllu_row("2", "X", file.word()))
    file.plant("ids", sentence("2", "3") + 1)
    file.plant("ids", sentence("1", "3", "4") + 2)
    file.plant("ids", sentence("1", "2", "2", "3") + 3)
    file.plant("ids", sentence("1", "01", "2") + 2)
    file.plant("ids", sentence("1", "x", "3") + 2)
    file.plant("ids", sentence("1", "2.1", "2") + 2)
    file.plant("ids", sentence("1", "1.2", "2") + 2)
    file.plant("ids", sentence("2-3", "1", "2", "3") + 1)
    file.plant("ids", sentence("1-1", "1", "2") + 1)
    file.plant("ids", sentence("1-3", "1", "2-3", "2", "3") + 3)
    file.plant("ids", sentence("1", "2-3", "2") + 2)
    file.plant("columns", file.write(conllu_row("1", "X"), "2\tonly", conllu_row("3", "X")) + 1)
    file.plant("columns", file.write(conllu_row("1", "X") + "\t_", conllu_row("2", "X")))
    first = file.write("# caf\xe9".encode("latin-1"), conllu_row("1", "X", file.word()))
    file.plant("encoding", first)
    damaged = conllu_row("2", "X", "caf\xe9").encode("latin-1")
    first = file.write(conllu_row("1", "X"), damaged, conllu_row("3", "X"))
    file.plant("encoding", first + 1)
    file.plant("characters", file.write(conllu_row("1", "X", "a\u200bb")))
    file.write("# a\u200bb", conllu_row("1", "X", file.word(), "Gloss=a\u200bb"))
    file.plant("foreign-tag", file.write(conllu_row("1", "NOUM", file.word())))
    file.write(conllu_row("1", "NOUM", file.word()), conllu_row("2", "_", file.word()))


def test_every_planted_problem_of_conllu_is_found(tmp_path: Path) -> None:
    file = Planted(tmp_path / "train.conllu")
    plant_conllu(file)
    report = lint(file.save(), limit=None)
    assert found(report) == sorted(file.problems)
    summary = report.files[0]
    assert (summary.format, summary.width, summary.token) == ("conllu", 10, "FORM")
    foreign = next(problem for problem in report.problems if problem.kind == "foreign-tag")
    assert "2 times" in foreign.message
    assert "did you mean NUM or NOUN?" in foreign.message


def test_several_columns_and_keys_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "x.conllu"
    rows = [
        [conllu_row("1", "X", "a", "NER=B-PER"), conllu_row("2", "X", "b", "NER=I-PER|A=b")] * 1,
        [conllu_row("1", "X", "a", "NER=B-PER"), conllu_row("2", "X", "c", "NER=I-LOC")],
        [conllu_row("1", "X", "a"), conllu_row("2", "X", "c", "NER=B-LOC")],
    ] * 3
    path.write_text("".join("\n".join(sentence) + "\n\n" for sentence in rows), "utf-8")
    report = lint(path, columns="tag=UPOS+NER")
    upos, ner = report.files[0].tags
    assert (upos.column, upos.scheme, upos.tags, upos.spans) == ("UPOS", None, {"X": 18}, {})
    assert (ner.column, ner.scheme, ner.spans) == ("NER", "bio", {"PER": 6, "LOC": 6})
    assert {problem.kind for problem in report.problems} == {"transition"}
    assert [problem.line for problem in report.problems] == [5, 14, 23]
    assert report.files[0].ambiguous == 3
    with pytest.raises(DataError, match="no word has the key 'NERR'"):
        lint(path, columns="tag=NERR")


@pytest.mark.parametrize(
    ("folder", "suffix"), [("ner", "conll"), ("targeted-sentiment", "conll"), ("pos", "conllu")]
)
def test_sample_corpora_are_clean(folder: str, suffix: str) -> None:
    parts = files(SAMPLES / folder, suffix)
    report = lint(**parts)
    assert report.problems == []
    assert report.clean
    for summary, path in zip(report.files, parts.values(), strict=True):
        # What a few lines of Python count.
        rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
        rows = [row for row in rows if len(row) > 1 and (suffix == "conll" or row[0].isdigit())]
        tags = Counter(row[3 if suffix == "conllu" else -1] for row in rows)
        tokens = [row[1 if suffix == "conllu" else 0] for row in rows]
        assert (summary.tokens, summary.types) == (len(tokens), len(set(tokens)))
        assert summary.tags[0].tags == tags


def test_text_in_all_scripts_is_clean(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    words = [
        "کتاب\u200cها",
        "क्\u200dष",
        "👩\u200d👩\u200d👧",
        "1\ufe0f\u20e3",
        "葛\U000e0100",
        "Tiếng Việt",
    ]
    path.write_text("".join(f"{word}\tX\n" for word in words), "utf-8")
    assert lint(path).clean


def test_one_ragged_row_at_the_beginning_does_not_make_all_others_ragged(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    path.write_text("a O O\n\nb O\nc O\n\nd O\n", "utf-8")
    report = lint(path)
    assert found(report) == [(os.fspath(path), 1, "columns")]
    assert (report.files[0].width, report.files[0].separator) == (2, "spaces")


def test_comments_are_passed_over_where_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    path.write_text("# id 1 2\na O\n# b c d\nb O\n\n%% x y\nc O\n", "utf-8")
    assert [line for _, line, _ in found(lint(path, comment="#"))] == [6]
    problems = lint(path).problems
    assert [problem.line for problem in problems] == [1, 3, 6]
    assert ["--comment=#" in problem.message for problem in problems] == [True, True, False]


def test_rows_of_an_endless_sentence_are_not_all_held(tmp_path: Path) -> None:
    """A file without blank lines is read in parts, and told as what it is."""
    path = tmp_path / "x.conll"
    path.write_text("".join(f"w{i}\t{'I-X' if i % 2 else 'B-X'}\n" for i in range(50_000)), "utf-8")
    report = lint(path)
    assert found(report) == [(os.fspath(path), 1, "long-sentence")]
    summary = report.files[0]
    assert (summary.sentences, summary.tokens, summary.longest) == (1, 50_000, 50_000)
    assert summary.tags[0].scheme == "bio"
    rows = "".join(f"{i}\tw\tl\tX\t_\t_\t_\t_\t_\t_\n" for i in range(1, 50_001))
    (tmp_path / "x.conllu").write_text(rows + "\n" + rows[:200].rpartition("\n")[0], "utf-8")
    report = lint(tmp_path / "x.conllu")
    assert [(problem.line, problem.kind) for problem in report.problems] == [(1, "long-sentence")]
    assert (report.files[0].sentences, report.files[0].longest) == (2, 50_000)


def test_number_of_listed_problems_is_limited_for_each_kind_and_file(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.conll", "b.conll")]
    for path in paths:
        path.write_text("a\tO\n" * 100 + "b\n" * 30 + "a\u200b\tO\n" * 3, "utf-8")
    report = lint(*paths, limit=5)
    assert report.counts == {"columns": 60, "characters": 6}
    assert Counter((p.path, p.kind) for p in report.problems) == {
        (os.fspath(path), kind): n
        for path in paths
        for kind, n in (("columns", 5), ("characters", 3))
    }
    assert [p.line for p in report.problems][:5] == [101, 102, 103, 104, 105]
    assert len(lint(*paths, limit=None).problems) == 66


def test_files_may_be_compressed_or_of_other_formats(tmp_path: Path) -> None:
    packed = tmp_path / "train.conllu.gz"
    packed.write_bytes(gzip.compress((SAMPLES / "pos" / "train.conllu").read_bytes()))
    plain = SAMPLES / "pos" / "train.conllu"
    assert lint(packed).files[0].tags == lint(plain).files[0].tags
    mixed = lint(plain, SAMPLES / "ner" / "dev.conll")
    assert [file.format for file in mixed.files] == ["conllu", "conll"]
    assert mixed.clean
    unnamed = tmp_path / "file"
    unnamed.write_bytes(plain.read_bytes())
    assert lint(unnamed, format="conllu").files[0].tags == lint(plain).files[0].tags


def test_tags_of_different_schemes_are_no_conflict(tmp_path: Path) -> None:
    for name, tags in (("train", "B-X I-X O B-Y O"), ("dev", "I-X I-X O I-Y O")):
        text = "".join(f"{w}\t{t}\n" for w, t in zip("abcde", tags.split(), strict=True))
        (tmp_path / f"{name}.conll").write_text(f"{text}\n" * 2, "utf-8")
    outside = tmp_path / "test.conll"
    outside.write_text("".join(f"{word}\tO\n" for word in "abcde"), "utf-8")
    report = lint(tmp_path / "train.conll", tmp_path / "dev.conll")
    assert [file.tags[0].scheme for file in report.files] == ["bio", "iob1"]
    assert report.clean
    report = lint(tmp_path / "train.conll", outside)
    assert [file.tags[0].scheme for file in report.files] == ["bio", None]
    assert found(report) == [(os.fspath(outside), 1, "conflict")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no sentence"),
        (b"\n \t\n\r\n", "holds no sentence"),
        (b"-DOCSTART- O\n\n", "holds no sentence"),
        (b"a\nb\n", ":1: there is no tag column, the line has 1 column"),
        (b"\xff\n\xff\n", ":1: no row of it is UTF-8"),
        ("a\tO\n".encode("utf-16"), ":1: this is UTF-16 text"),
        (gzip.compress(b"a\tO\n" * 100, mtime=0)[:-9], "the gzip data is damaged"),
    ],
)
def test_file_that_cannot_be_read_is_an_error(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        lint(path)
    assert str(caught.value).startswith(os.fspath(path))
    assert message in str(caught.value)


def test_file_of_another_format_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.conllu"
    path.write_bytes(b"a\tO\nb\tO\n")
    with pytest.raises(DataError, match=r":1: no row can be read: the line has 2 .* in \.conll$"):
        lint(path)


def test_wrong_use_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    path.write_bytes(b"a\tO\n")
    with pytest.raises(ConfigError, match="there is no file to look at"):
        lint()
    with pytest.raises(ConfigError, match="standard input can be read once only"):
        lint("-", train="-")
    with pytest.raises(ConfigError, match="unknown role"):
        lint(path, columns="tags=1")
    with pytest.raises(DataError, match="there is no tag column 4"):
        lint(path, columns="tag=4")
    with pytest.raises(DataError, match="no such file"):
        lint(path, dev=tmp_path / "nothing")


ROWS = st.lists(
    st.sampled_from(
        ["a\tO", "b B-X", "", " ", "-DOCSTART-", "#", "1\t", "\t", "\ufeff", "1-2", "x" * 600]
    )
    | st.just(conllu_row("1", "X"))
    | st.just(conllu_row("2.1", "B-X"))
    | st.text(max_size=20),
).map(lambda rows: "\n".join(rows).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", ["x.conll", "x.conllu"])
@given(content=st.binary(max_size=300) | ROWS)
@example(content=b"a\tO\n\x00\n\xed\xa0\x80\tO\n")
@example(content=b"1" * 5000 + b"\tO")
@example(content=b"\xff\xfe")
def test_any_bytes_are_read_or_refused(
    content: bytes, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    try:
        report = lint(path, path, train=path, dev=path, comment="#", limit=None)
    except SeqtagError:
        return
    lines = content.count(b"\n") + 1
    assert all(1 <= problem.line <= lines for problem in report.problems)
    assert len(report.problems) == sum(report.counts.values())
    assert all(file.tokens for file in report.files)


def test_it_is_public() -> None:
    assert seqtag.lint is lint
    assert isinstance(lint(SAMPLES / "ner" / "dev.conll"), LintReport)


@pytest.fixture(scope="module")
def corpora() -> Path:
    folder = os.environ.get("SEQTAG_CORPORA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("SEQTAG_CORPORA names no folder of public corpora")
    return Path(folder)


Sentences = list[tuple[int, tuple[str, ...], tuple[str, ...]]]


def recount(path: Path) -> tuple[Sentences, set[int]]:
    """Return first line, tokens and tags of each sentence, and the lines of odd tokens."""
    sentences: Sentences = []
    odd: set[int] = set()
    rows: list[tuple[int, str, str]] = []
    is_conllu = path.suffix == ".conllu"
    for number, line in enumerate([*path.read_text("utf-8").split("\n"), ""], 1):
        cells = line.split("\t")
        if not line.strip():
            if rows:
                _, tokens, tags = zip(*rows, strict=True)
                sentences.append((rows[0][0], tokens, tags))
            rows = []
        elif is_conllu and (line[0] == "#" or not cells[0].isdecimal()):
            continue
        else:
            token, tag = (cells[1], cells[3]) if is_conllu else (cells[0], cells[-1])
            rows.append((number, token, tag))
            kinds = {unicodedata.category(character) for character in token + tag}
            if kinds & {"Cc", "Cf", "Zs", "Zl", "Zp"} or token == "\ufe0f":
                odd.add(number)
    return sentences, odd


def recounted_conflicts(parts: dict[str, Sentences]) -> Iterator[tuple[str, int]]:
    places = defaultdict(list)
    for part, sentences in parts.items():
        for line, tokens, tags in sentences:
            if len(tokens) > 2:
                places[tokens].append((part, line, tags))
    for occurrences in places.values():
        usual = Counter(tags for *_, tags in occurrences).most_common(1)[0][0]
        yield from ((part, line) for part, line, tags in occurrences if tags != usual)


@pytest.mark.corpora
@pytest.mark.parametrize(("folder", "suffix"), [("ud-en-ewt", "conllu"), ("wnut17", "conll")])
def test_public_corpora_give_what_an_independent_count_gives(
    folder: str, suffix: str, corpora: Path
) -> None:
    parts = files(corpora / folder, suffix)
    report = lint(**parts, limit=None)
    recounts = {part: recount(path) for part, path in parts.items()}
    sentences = {part: found for part, (found, _) in recounts.items()}
    part_of = {os.fspath(path): part for part, path in parts.items()}
    problems = defaultdict(set)
    for problem in report.problems:
        problems[problem.kind].add((part_of[problem.path], problem.line))
    in_train = {tokens for _, tokens, _ in sentences["train"]}
    expected = {
        "characters": {(part, line) for part, (_, odd) in recounts.items() for line in odd},
        "conflict": set(recounted_conflicts(sentences)),
        "leak": {
            (part, line)
            for part in ("dev", "test")
            for line, tokens, _ in sentences[part]
            if len(tokens) > 2 and tokens in in_train
        },
    }
    assert problems == {kind: places for kind, places in expected.items() if places}
    words = {token for _, tokens, _ in sentences["train"] for token in tokens}
    for summary, part in zip(report.files, parts, strict=True):
        tokens = [token for _, found, _ in sentences[part] for token in found]
        different = {found for _, found, _ in sentences[part]}
        assert (summary.sentences, summary.tokens) == (len(sentences[part]), len(tokens))
        assert summary.types == len(set(tokens))
        assert summary.longest == max(len(found) for _, found, _ in sentences[part])
        assert summary.repeated == len(sentences[part]) - len(different)
        assert summary.tags[0].tags == Counter(t for *_, tags in sentences[part] for t in tags)
        assert summary.tags[0].scheme == ("bio" if suffix == "conll" else None)
        if summary.overlap is not None:
            assert summary.overlap.unseen_tokens == sum(token not in words for token in tokens)


def test_parts_of_different_formats_are_not_held_against_each_other(tmp_path: Path) -> None:
    (tmp_path / "train.conllu").write_text("", "utf-8")
    (tmp_path / "dev.conll").write_text("", "utf-8")
    with pytest.raises(ConfigError, match="are of different formats"):
        lint(train=tmp_path / "train.conllu", dev=tmp_path / "dev.conll")


def test_public_corpus_is_known_by_its_name() -> None:
    with pytest.raises(ConfigError, match="corpus:sst2/dev is for task classify"):
        lint("corpus:sst2/dev")
