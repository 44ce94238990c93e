"""Where public corpora are fetched from, and where they are kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from seqtag.errors import DataError
from seqtag.io.download import Patience, ShowProgress, Wanted, fetch_file, has_content
from seqtag.io.files import os_data_error
from seqtag.io.recipes import Recipe, RecipeFile

CACHE = "SEQTAG_CORPORA_CACHE"
"""Environment variable: the folder in which corpora are kept."""
MIRROR = "SEQTAG_CORPORA_MIRROR"
"""Environment variable: a folder or an address that has corpora as ``NAME/FILE``."""


def cache_folder() -> Path:
    """Return the folder that holds a folder for each corpus, which need not exist yet."""
    if folder := os.environ.get(CACHE):
        return Path(folder).expanduser()
    import pooch  # type: ignore[import-untyped]  # publishes no types

    return Path(pooch.os_cache("seqtag")) / "corpora"


def missing(
    recipe: Recipe, files: Sequence[RecipeFile], folder: Path | None = None
) -> list[RecipeFile]:
    """Return those of a corpus's files that are not there, or are others than they must be.

    Raises:
        DataError: A file cannot be read.
    """
    place = _place(recipe, folder)
    return [file for file in files if not has_content(place / file.name, _wanted(file))]


def fetch(
    recipe: Recipe,
    files: Sequence[RecipeFile],
    folder: Path | None = None,
    *,
    patience: Patience | None = None,
    progress: ShowProgress | None = None,
) -> list[Path]:
    """Fetch files of a corpus; those that are there already are left as they are.

    With a mirror in the environment, only the mirror is asked; else the recipe's addresses are.

    Args:
        recipe: The corpus.
        files: Which of its files.
        folder: Where to put them; None for the corpus's folder in the cache.
        patience: How long servers are waited for.
        progress: Called as bytes arrive.

    Returns:
        The paths of the files.

    Raises:
        DataError: A file cannot be fetched or written, or ``folder`` has another one of its name.
    """
    place = _place(recipe, folder)
    for file in missing(recipe, files, folder):
        target = place / file.name
        if folder is not None and target.exists():
            raise DataError(
                f"this file is not that of {recipe.name}, and is left as it is: move it away, or "
                "give another folder",
                path=target,
            )
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise os_data_error(error, place, "made") from error
        fetch_file(
            target,
            _wanted(file),
            _sources(recipe, file),
            advice=_advice(),
            patience=patience,
            progress=progress,
        )
    return [place / file.name for file in files]


def _place(recipe: Recipe, folder: Path | None) -> Path:
    return cache_folder() / recipe.name if folder is None else folder


def _sources(recipe: Recipe, file: RecipeFile) -> Sequence[str | Path]:
    mirror = os.environ.get(MIRROR)
    if not mirror:
        return file.addresses
    if mirror.startswith(("http://", "https://")):
        return [f"{mirror.rstrip('/')}/{recipe.name}/{file.name}"]
    return [Path(mirror).expanduser() / recipe.name / file.name]


def _advice() -> str:
    if os.environ.get(MIRROR):
        return f"the environment variable {MIRROR} says to ask nobody else"
    return f"check the connection and run again, or name a mirror in the variable {MIRROR}"


def _wanted(file: RecipeFile) -> Wanted:
    return Wanted(size=file.size, sha256=file.sha256, packed=file.packed)
