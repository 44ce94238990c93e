"""Generate the sample corpora from their grammars.

Usage: ``python corpora/generate.py [--seed N] [FOLDER]``, or, where seqtag is installed,
``python -m seqtag.corpora.generate``. The standard library is enough. With the default seed the
output is, byte for byte, what the package ships.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import TypeVar

if __name__ == "__main__" and not __package__:  # run as a file: make relative imports work
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    __package__ = "corpora"

from .grammar.chance import Chance
from .grammar.conllu import conllu, raw_text
from .grammar.english import English
from .grammar.entities import Entities, bio_conll
from .grammar.opinions import Opinions, labelled_line
from .grammar.parallel import Translations
from .grammar.prose import paragraph

DEFAULT_SEED = 1
DEFAULT_FOLDER = Path(__file__).resolve().parent / "samples"

# How many sentences (for `text` paragraphs) each part holds.
Sizes = dict[str, int]
POS_SIZES = {"train": 1500, "dev": 200, "test": 200}
NER_SIZES = {"train": 2000, "dev": 300, "test": 300}
OTHER_SIZES = {"train": 1500, "dev": 200, "test": 200}
TEXT_SIZES = {"train": 300, "dev": 40, "test": 40}

Files = dict[str, str]
T = TypeVar("T")


def make_parts(
    make: Callable[[], T], sizes: Sizes, key: Callable[[T], Hashable]
) -> dict[str, list[T]]:
    """Return for each part as many items as it should hold, no two of all parts with one key."""
    seen = set()
    parts: dict[str, list[T]] = {}
    for part, size in sizes.items():
        parts[part] = []
        while len(parts[part]) < size:
            item = make()
            if key(item) not in seen:
                seen.add(key(item))
                parts[part].append(item)
    return parts


def pos(chance: Chance, stems: Sequence[str]) -> Files:
    """Return the parts of the corpus with words, lemmas, parts of speech and features."""
    parts = make_parts(English(chance, stems).sentence, POS_SIZES, raw_text)
    return {
        f"pos/{part}.conllu": "".join(
            conllu(words, f"{part}-{number}") for number, words in enumerate(sentences, start=1)
        )
        for part, sentences in parts.items()
    }


def ner(chance: Chance, stems: Sequence[str]) -> Files:
    """Return the parts of the corpus with named entities."""
    parts = make_parts(Entities(chance, stems).sentence, NER_SIZES, tuple)
    return {
        f"ner/{part}.conll": "".join(map(bio_conll, sentences)) for part, sentences in parts.items()
    }


def sentiment(chance: Chance, _: Sequence[str]) -> Files:
    """Return the parts of the corpus with the polarity of sentences."""
    parts = make_parts(Opinions(chance).sentence, OTHER_SIZES, lambda item: labelled_line(*item))
    return {
        f"sentiment/{part}.tsv": "".join(labelled_line(*item) for item in items)
        for part, items in parts.items()
    }


def targeted_sentiment(chance: Chance, _: Sequence[str]) -> Files:
    """Return the parts of the corpus with the targets of opinions and their polarity."""
    parts = make_parts(Opinions(chance).sentence, OTHER_SIZES, lambda item: tuple(item[0]))
    return {
        f"targeted-sentiment/{part}.conll": "".join(bio_conll(tagged) for tagged, _ in items)
        for part, items in parts.items()
    }


def parallel(chance: Chance, _: Sequence[str]) -> Files:
    """Return the parts of the corpus in two languages."""
    parts = make_parts(Translations(chance).sentence, OTHER_SIZES, lambda pair: pair)
    return {
        f"parallel/{part}.{language}": "".join(f"{pair[index]}\n" for pair in pairs)
        for part, pairs in parts.items()
        for index, language in enumerate(["en", "zq"])
    }


def text(chance: Chance, stems: Sequence[str]) -> Files:
    """Return the parts of the corpus of running text, a paragraph a line."""
    parts = make_parts(lambda: " ".join(paragraph(chance, stems)), TEXT_SIZES, lambda item: item)
    return {
        f"text/{part}.txt": "".join(f"{item}\n" for item in paragraphs)
        for part, paragraphs in parts.items()
    }


SAMPLES = [pos, ner, sentiment, targeted_sentiment, parallel, text]


def generate(seed: int = DEFAULT_SEED) -> Files:
    """Return the sample corpora.

    Args:
        seed: Where the choices start: the same seed, the same corpora.

    Returns:
        For each file its path below the samples' folder, with ``/``, and its content.
    """
    base = Chance(seed * 100)
    stems = [base.syllables(base.between(1, 2)) for _ in range(150)]
    files: Files = {}
    for index, sample in enumerate(SAMPLES, start=1):
        # A stream of its own for each, so that a change to one leaves the others as they are.
        files |= sample(Chance(seed * 100 + index), stems)
    return files


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the sample corpora into a folder.

    Args:
        arguments: The command line without the program's name; by default the process's.
    """
    parser = argparse.ArgumentParser(description="Generate the sample corpora.")
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    options = parser.parse_args(arguments)
    for name, content in generate(options.seed).items():
        path = options.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
        print(path)


if __name__ == "__main__":
    main()
