"""Plain text, tokenized or raw."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from seqtag.io.tokens import read_text_lines, read_token_lines


def test_a_line_is_a_sentence() -> None:
    file = io.BytesIO("  Ada  Lovelace\u00a0x\ty \r\n\n\u2028 .".encode())
    sentences = list(read_token_lines(file))
    assert [sentence.tokens for sentence in sentences] == [
        ["Ada", "Lovelace\u00a0x\ty"],
        [],
        ["\u2028", "."],
    ]
    assert sentences[0].text == "Ada Lovelace\u00a0x\ty"
    assert all(sentence.tags_by == {} for sentence in sentences)


def test_a_line_is_a_text() -> None:
    file = io.BytesIO(b" One. Two.\r\n\nThree")
    assert list(read_text_lines(file)) == [" One. Two.", "", "Three"]


@given(
    st.lists(
        st.lists(
            st.text(
                st.characters(exclude_categories=["Cs"], exclude_characters=" \n\r\ufeff"),
                min_size=1,
            )
        ),
        min_size=1,
    )
)
def test_tokens_in_equal_tokens_out(sentences: list[list[str]]) -> None:
    text = "\n".join(" ".join(sentence) for sentence in sentences) + "\n"
    found = [sentence.tokens for sentence in read_token_lines(io.BytesIO(text.encode()))]
    assert found == sentences
