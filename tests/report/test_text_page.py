from __future__ import annotations

from seqtag.report.text_page import TextResult, make_text_page

SCORES = {"perplexity": 72.5, "bits_per_char": 1.25, "loss": 2.5, "unknown": 0.0}


def test_texts_are_shown_with_their_lines() -> None:
    """And what cannot be seen otherwise as its number."""
    samples = [("The king", " slept.\nNobody\n\nsaw <it>.\t"), ("two\nlines", ""), ("", "a\nb")]
    page = make_text_page(
        TextResult(title="x", source="y", version="0", scores=SCORES, samples=samples)
    )
    badge = '<span class="hidden">U+0009</span>'
    assert f"<b><bdi>The king</bdi></b> slept.\nNobody\n\nsaw &lt;it&gt;.{badge}</p>" in page
    assert "<bdi>two\nlines</bdi>" in page
    assert ">a\nb</p>" in page
    assert "U+000A" not in page
    assert "white-space: pre-wrap" in page
