"""A file of JSON a system, in which each stage keeps what it measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.benchmark.places import Places


def read(places: Places, corpus: str, system: str) -> dict[str, Any]:
    """Return what is known of a system, nothing if there is no file."""
    path = places.result(corpus, system)
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def put(places: Places, corpus: str, system: str, stage: str, key: str, record: Any) -> None:  # noqa: ANN401 - any value of JSON
    """Keep a stage's record: of a seed, or of a pair under the partner's name."""
    found = read(places, corpus, system)
    found.setdefault(stage, {})[key] = record
    write_json(places.result(corpus, system), found)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file at once, so that an interrupted benchmark leaves a whole one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    lines = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
    draft.write_text(_short_lists(lines) + "\n", "utf-8")
    draft.replace(path)


def _short_lists(text: str) -> str:
    """Put lists of numbers and the points of curves on one line each."""
    lines: list[str] = []
    held: list[str] = []
    for line in text.splitlines():
        opens = line.rstrip().endswith(("[", "{"))
        closes = line.strip().rstrip(",") in ("]", "}")
        if opens:
            lines += held
            held = [line]
        elif held:
            held.append(line)
            if closes:
                inner = " ".join(part.strip() for part in held[1:-1])
                joined = f"{held[0]}{inner}{held[-1].strip()}"
                lines += [joined] if len(joined) <= 160 and _is_plain(held) else held
                held = []
        else:
            lines.append(line)
    return "\n".join([*lines, *held])


def _is_plain(block: list[str]) -> bool:
    """Tell whether a block is short enough to be read as one line."""
    return block[0].rstrip().endswith("[") or len(block) <= 4


def has(places: Places, corpus: str, system: str, stage: str, key: str) -> bool:
    """Tell whether a stage has been measured."""
    return key in read(places, corpus, system).get(stage, {})
