#!/usr/bin/env python3
"""Go on with a text as a language model would: `seqtag generate` as a script, to be changed.

    scripts/generate.py runs/text "The king" --seed 1

It shows the candidates for the next word, then writes, piece by piece.
"""

from __future__ import annotations

import argparse
from typing import Any

import seqtag

SETTINGS: dict[str, Any] = {
    # Any key of the section sampling that `seqtag train --help` lists.
    "max_tokens": 60,
    "temperature": 0.8,
    "top_p": 0.95,
}


def main() -> None:
    """Go on with the text that the command line gives."""
    parser = argparse.ArgumentParser(description="Go on with a text.")
    parser.add_argument("run", help="folder of a run or a model")
    parser.add_argument("prompt", nargs="?", default="", help="what the text begins with")
    parser.add_argument("--seed", type=int, help="of the random choices")
    options = parser.parse_args()
    try:
        generator = seqtag.load(options.run)
        if not isinstance(generator, seqtag.Generator):
            parser.exit(2, f"error: {options.run}: this model does not tell what comes next\n")
        for word, probability in generator.next_words(options.prompt, k=5):
            print(f"{probability:6.1%}  {word!r}")
        print(f"\n{options.prompt}", end="")
        for piece in generator.stream(
            options.prompt, seed=options.seed, whole_words=True, **SETTINGS
        ):
            print(piece, end="", flush=True)
        print()
    except seqtag.SeqtagError as error:
        parser.exit(2, f"error: {error}\n")
    except KeyboardInterrupt:  # a text that was enough
        parser.exit(130, "\n")


if __name__ == "__main__":
    main()
