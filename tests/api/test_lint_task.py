from __future__ import annotations

from pathlib import Path

from seqtag.api.lint_task import guess_lint_task


def test_task_is_told_by_names_where_these_are_clear(tmp_path: Path) -> None:
    for names in (["a.csv"], ["a.tsv", "b.jsonl.gz"], ["a.ft"], [str(tmp_path)], ["corpus:sst2"]):
        assert guess_lint_task(names) == "classify"
    for names in (["a.tsv"], ["a.conll", "-"], ["a.txt"], ["corpus:wnut17/dev"], []):
        assert guess_lint_task(names) == "tag"
    assert guess_lint_task(["a.conll"], "tsv") == "classify"
    assert guess_lint_task(["a.csv"], "conll") == "tag"


def test_task_is_told_by_the_format_and_by_public_corpora() -> None:
    assert guess_lint_task(["x"], "pairs") == "translate"
    assert guess_lint_task(["corpus:multi30k-en-de/train", "corpus:multi30k-en-de/dev"]) == (
        "translate"
    )


def test_the_task_goes_by_format_and_corpus() -> None:
    assert guess_lint_task(["x"], "text") == "generate"
    assert guess_lint_task(["corpus:wikitext-2/dev"]) == "generate"
    assert guess_lint_task(["x.txt"]) == "tag"
