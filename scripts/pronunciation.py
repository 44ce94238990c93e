#!/usr/bin/env python3
r"""Split a pronouncing dictionary into parts to train and to test a model of spelling on.

    scripts/pronunciation.py cmudict.dict -o pronunciation --seed 1

It writes ``train.tsv``, ``dev.tsv`` and ``test.tsv``, a pronunciation a line: the word, a tab, and
its phones with a space between them, without marks of stress. A word with several pronunciations
has several lines, all in one part: nine in ten words are in train, and of the rest half each in dev
and test. The split depends on the words and the seed alone, not on the order of the dictionary. A
model that writes the phones of words it has never seen is then trained by

    seqtag train --task translate --train pronunciation/train.tsv --dev pronunciation/dev.tsv \
        --set data.header=no --set units.source=char --set units.target=word -o runs/pronunciation

The dictionary is one in the format of CMUdict: a word, or ``word(2)`` for a further pronunciation,
and its phones; what stands behind ``#``, and lines that begin with ``;;;``, are comments.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from seqtag.errors import DataError, SeqtagError
from seqtag.io.files import os_data_error, write_whole
from seqtag.io.lines import read_lines

Dictionary: TypeAlias = Mapping[str, list[str]]
"""The pronunciations of each word, each one phones with a space between them."""

PARTS = ("train", "dev", "test")
HELD_OUT = 0.05
"""Share of all words in dev, and in test; but a word at least."""

LEAST_WORDS = 3
"""Fewer words make no three parts."""

_VARIANT = re.compile(r"\(\d+\)$")
_STRESS = re.compile(r"(?<=[A-Za-z])\d\b")


def read_dictionary(path: str | os.PathLike[str]) -> dict[str, list[str]]:
    """Read a dictionary, without stress and without what is then twice the same.

    Raises:
        DataError: It cannot be read, is empty, or has a word without phones (with the line).
    """
    found: dict[str, list[str]] = {}
    for line in read_lines(path):
        if line.text.startswith(";;;"):
            continue
        # A comment begins behind a space, since a word may hold or be the sign itself.
        fields = re.split(r"\s#", line.text, maxsplit=1)[0].split()
        if not fields:
            continue
        word, *phones = fields
        if not phones:
            message = f"{word!r} has no phones; give them behind it, as in `cat K AE1 T`"
            raise DataError(message, path=path, line=line.number)
        word = _VARIANT.sub("", word) or word
        spoken = " ".join(_STRESS.sub("", phone) for phone in phones)
        known = found.setdefault(word, [])
        if spoken not in known:
            known.append(spoken)
    if len(found) < LEAST_WORDS:
        raise DataError(
            f"there are {len(found)} words in it, too few for three parts; give a dictionary such "
            "as cmudict.dict",
            path=path,
        )
    return found


def split(words: Iterable[str], seed: int, held_out: float = HELD_OUT) -> dict[str, list[str]]:
    """Return the words of each part, in their order.

    Args:
        words: All words, each once.
        seed: Another one gives another split.
        held_out: Share of the words in dev, and the same in test.
    """
    listed = list(words)
    drawn = sorted(listed, key=lambda word: hashlib.sha256(f"{seed} {word}".encode()).digest())
    count = max(1, round(held_out * len(listed)))
    dev, test = set(drawn[:count]), set(drawn[count : 2 * count])
    return {
        "train": [word for word in listed if word not in dev and word not in test],
        "dev": [word for word in listed if word in dev],
        "test": [word for word in listed if word in test],
    }


def write_parts(dictionary: Dictionary, folder: Path, seed: int) -> dict[str, tuple[int, int]]:
    """Write the parts of a dictionary.

    Returns:
        The number of words and of lines in each part.

    Raises:
        DataError: A file cannot be written.
    """
    counts = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise os_data_error(error, folder, "written") from error
    for part, words in split(dictionary, seed).items():
        lines = [f"{word}\t{spoken}\n" for word in words for spoken in dictionary[word]]
        with write_whole(folder / f"{part}.tsv") as file:
            file.writelines(lines)
        counts[part] = len(words), len(lines)
    return counts


def main(arguments: list[str] | None = None) -> int:
    """Split the dictionary that the command line names; return the exit status."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dictionary", help="file in the format of cmudict.dict")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the parts")
    parser.add_argument("--seed", type=int, default=1, help="of the split (default: 1)")
    options = parser.parse_args(arguments)
    try:
        dictionary = read_dictionary(options.dictionary)
        counts = write_parts(dictionary, options.output, options.seed)
    except SeqtagError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for part, (words, lines) in counts.items():
        print(f"{part}: {words} words, {lines} pronunciations")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
