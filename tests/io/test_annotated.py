"""Public corpora are read in full and written back byte for byte."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from seqtag.io.annotated import read_blocks, tagged_lines
from seqtag.io.columns import Format, guess_format, parse_columns


def counts_and_copy(path: Path, spec: str | None) -> tuple[int, int, bytes]:
    """Return the numbers of sentences and tokens, and the file written with its own tags."""
    format = guess_format(str(path))
    columns = parse_columns(spec, format)
    sentences = tokens = 0
    pieces = []
    for block in read_blocks(path, columns, format, tags_required=True):
        tags_by = block.sentence.tags_by
        pieces.append(
            tagged_lines(block, columns, format, [tags_by[name] for name in columns.tags])
        )
        sentences += bool(block.rows)
        tokens += len(block.sentence)
    return sentences, tokens, "".join(pieces).encode()


@pytest.mark.corpora
@pytest.mark.parametrize(
    ("name", "sentences", "tokens"),
    [
        ("ud-en-ewt/train.conllu", 12_544, 204_577),
        ("ud-en-ewt/dev.conllu", 2_001, 25_147),
        ("ud-en-ewt/test.conllu", 2_077, 25_094),
        ("wnut17/train.conll", 3_394, 62_730),
        ("wnut17/dev.conll", 1_009, 15_733),
        ("wnut17/test.conll", 1_287, 23_394),
    ],
)
def test_counts_and_identity(corpora: Path, name: str, sentences: int, tokens: int) -> None:
    path = corpora / name
    assert counts_and_copy(path, None) == (sentences, tokens, path.read_bytes())


@pytest.mark.corpora
def test_identity_with_several_columns_and_misc_keys(corpora: Path) -> None:
    path = corpora / "ud-en-ewt" / "dev.conllu"
    assert counts_and_copy(path, "tag=XPOS+FEATS+SpaceAfter")[2] == path.read_bytes()


@pytest.mark.corpora
def test_a_byte_order_mark_inside_a_token_stays(corpora: Path) -> None:
    columns = parse_columns(None, "conll")
    blocks = read_blocks(corpora / "wnut17" / "dev.conll", columns, "conll")
    assert any("Dubbz\ufeff" in block.sentence.tokens for block in blocks)


@pytest.mark.parametrize("tags", [[], [["T"]], [["T"] * 3], [["T"] * 2] * 2])
@pytest.mark.parametrize("format", ["conll", "conllu"])
def test_as_many_tags_as_tokens(format: Format, tags: list[list[str]]) -> None:
    columns = parse_columns(None, format)
    row = b"1" + b"\ta" * 9 + b"\n" if format == "conllu" else b"a O\n"
    (block,) = read_blocks(io.BytesIO(row * 2), columns, format)
    with pytest.raises(ValueError, match="one tag for each token and tag column"):
        tagged_lines(block, columns, format, tags)


def test_gzipped_and_plain_files_give_the_same(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbfa O\r\n\r\nb O"
    plain, packed = tmp_path / "a.conll", tmp_path / "a.conll.gz"
    plain.write_bytes(text)
    packed.write_bytes(gzip.compress(text))
    assert counts_and_copy(packed, None) == counts_and_copy(plain, None) == (2, 2, text)
