"""Fills the tables of ``docs/benchmarks.md`` and draws the picture of the README."""

from __future__ import annotations

import re

from scripts.benchmark import picture, results
from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.goals import (
    goals,
    goals_table,
    label_goals,
    text_goals,
    translation_goals,
)
from scripts.benchmark.growth import RECORD
from scripts.benchmark.places import ROOT, Places
from scripts.benchmark.plans import CorpusPlan
from scripts.benchmark.registry import CORPORA, SYSTEMS, TASKS
from scripts.benchmark.tables import (
    Results,
    accuracy_table,
    columns_table,
    growth_table,
    latency_table,
    provenance_table,
    speed_table,
    time_table,
)

PAGE = ROOT / "docs" / "benchmarks.md"
MAIN, SECOND, LABELS = "ud-en-ewt", "wnut17", "sst2"
PAIRS, SPOKEN = "multi30k", "cmudict"
TEXT, CHARACTERS = "wikitext-2", "tinyshakespeare"

_MARKED = re.compile(r"(<!-- begin: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def write_all(places: Places) -> None:
    """Write the page's tables and the pictures."""
    PAGE.write_text(filled(PAGE.read_text("utf-8"), places), "utf-8")
    picture.draw(places, read_results(places, MAIN))


def read_results(places: Places, corpus: str) -> Results:
    """Return what is known of all systems on a corpus."""
    found = {name: results.read(places, corpus, name) for name in (*SYSTEMS, RECORD)}
    return {name: content for name, content in found.items() if content}


def filled(page: str, places: Places) -> str:
    """Return a page with every table as it should be.

    Raises:
        BenchmarkError: The page asks for a table that there is not.
    """
    known = tables(places)

    def fill(match: re.Match[str]) -> str:
        begin, name, end = match.groups()
        if name not in known:
            raise BenchmarkError(f"{PAGE.name} asks for table {name!r}: there is none of this name")
        return f"{begin}{known[name]}\n{end}"

    return _MARKED.sub(fill, page)


def tables(places: Places) -> dict[str, str]:
    """Return all tables by the names that the page uses."""
    found, second, labels = (read_results(places, name) for name in (MAIN, SECOND, LABELS))
    pairs, spoken = (read_results(places, name) for name in (PAIRS, SPOKEN))
    text, characters = (read_results(places, name) for name in (TEXT, CHARACTERS))
    plan = CORPORA[MAIN]
    others = [
        known
        for corpus in (second, labels, pairs, spoken, text, characters)
        for known in corpus.items()
    ]
    return {
        "goals": goals_table(goals(found)),
        "accuracy": accuracy_table(found, plan),
        "columns": columns_table(found),
        "training-speed": speed_table(found, "training-speed"),
        "time": time_table(found, plan),
        "tagging": speed_table(found, "tagging"),
        "latency": latency_table(found),
        "growth": growth_table(found),
        "second-accuracy": accuracy_table(second, CORPORA[SECOND]),
        "label-goals": goals_table(label_goals(labels)),
        "label-accuracy": accuracy_table(labels, CORPORA[LABELS]),
        "label-time": time_table(labels, CORPORA[LABELS]),
        "classifying": speed_table(labels, "classifying", "classify"),
        "label-latency": latency_table(labels, "classify"),
        "translation-goals": goals_table(translation_goals(pairs, spoken)),
        "translation-accuracy": accuracy_table(pairs, CORPORA[PAIRS]),
        "translation-time": time_table(pairs, CORPORA[PAIRS]),
        "translation-training": speed_table(pairs, "training-speed", "translate"),
        "translating": speed_table(pairs, "translating", "translate"),
        "translation-latency": latency_table(pairs, "translate"),
        "pronunciation-accuracy": accuracy_table(spoken, CORPORA[SPOKEN]),
        "text-goals": goals_table(text_goals(text, characters)),
        "text-accuracy": accuracy_table(text, CORPORA[TEXT]),
        "text-speed": speed_table(text, "training-speed", "generate"),
        "text-curve": time_table(text, CORPORA[TEXT]),
        "character-accuracy": accuracy_table(characters, CORPORA[CHARACTERS]),
        "character-curve": time_table(characters, CORPORA[CHARACTERS]),
        "provenance": provenance_table(
            {**found, **{f"{n} {k}": v for n, (k, v) in enumerate(others)}}
        ),
    }


def print_tables(places: Places, plan: CorpusPlan) -> None:
    """Print what is known of a corpus."""
    found, task = read_results(places, plan.name), TASKS[plan.task]
    for title, text in (
        (plan.title, accuracy_table(found, plan)),
        ("Time to a score on dev", time_table(found, plan)),
        *((stage.capitalize(), speed_table(found, stage, task.name)) for stage in task.pairs),
        ("One at a time, memory, size", latency_table(found, task.name)),
    ):
        print(f"\n{title}\n\n{_aligned(text)}")


def _aligned(markdown: str) -> str:
    """Return a table with its columns under each other, for a terminal."""
    rows = [
        [cell.strip().replace("**", "") for cell in line.strip("|").split("|")]
        for line in markdown.splitlines()
    ]
    if len(rows) < 2:
        return markdown
    rows.pop(1)
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    )
