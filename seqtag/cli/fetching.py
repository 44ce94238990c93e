"""How far the fetching of a public corpus has come."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

if TYPE_CHECKING:
    from seqtag.api.corpora import FetchProgress


class FetchBar:
    """A bar for each file on standard error, if that is a terminal."""

    def __init__(self) -> None:
        self._name = ""
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> FetchBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def show(self, progress: FetchProgress) -> None:
        """Show how far a file has come."""
        if self._bar is None or progress.name != self._name:
            self.__exit__()
            self._name = progress.name
            self._bar = tqdm(
                desc=progress.name,
                unit="B",
                unit_scale=True,
                file=sys.stderr,
                disable=None,
                dynamic_ncols=True,
            )
        self._bar.total = progress.total
        self._bar.update(progress.done - self._bar.n)
