"""Every exception that seqtag raises on purpose.

All of them mean that the user can put something right: the command line shows them as one line
and exits with status 2. Anything else that escapes is a defect of seqtag.
"""

from __future__ import annotations

import os


class SeqtagError(Exception):
    """Something is wrong with what the user gave.

    Args:
        message: What is wrong and what to do about it, in one line.
        path: The file or folder that the message is about, if there is one.
        line: The line in that file, counted from 1, if there is one.
    """

    def __init__(
        self, message: str, *, path: str | os.PathLike[str] | None = None, line: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = None if path is None else os.fspath(path)
        self.line = line

    def __str__(self) -> str:
        """Return the message behind its place: ``path:line: message``."""
        if self.path is None:
            return self.message
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"


class DataError(SeqtagError):
    """A data file cannot be read, or a line of it is not what its format asks for."""


class ConfigError(SeqtagError):
    """An option or a key of a configuration file is unknown, of the wrong type or out of range."""


class ModelError(SeqtagError):
    """A run or model folder is missing, damaged, hostile or of an unknown format version."""
