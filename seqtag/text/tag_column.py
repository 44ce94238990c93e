"""A tag column as a model knows it: its name, its tags and its schemes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqtag.text.schemes import Scheme, convert, is_allowed
from seqtag.text.vocabulary import Vocabulary


@dataclass(frozen=True, kw_only=True, slots=True)
class TagColumn:
    """One tag column.

    Attributes:
        name: As in the column specification: ``UPOS``, ``-1``.
        tags: The tags that the model chooses from, in the scheme it was trained in.
        file_scheme: Scheme of the files; None where tags are no spans.
        scheme: Scheme that the model was trained in; None where tags are no spans.
        crf: Whether the head is a CRF.
    """

    name: str
    tags: Vocabulary
    file_scheme: Scheme | None
    scheme: Scheme | None
    crf: bool

    def to_model(self, tags: Sequence[str]) -> list[str]:
        """Convert a sentence's tags from the files' scheme to the model's."""
        return list(tags) if self.scheme is None else convert(tags, self.scheme)

    def to_file(self, tags: Sequence[str]) -> list[str]:
        """Convert a sentence's tags from the model's scheme to the files'."""
        if self.file_scheme is None or self.file_scheme == self.scheme:
            return list(tags)
        return convert(tags, self.file_scheme)

    def allowed(self) -> tuple[list[list[bool]], list[bool], list[bool]]:
        """Return what may follow what: (tags, tags), (tags,) at the start, (tags,) at the end."""
        tags = self.tags.items
        if self.scheme is None:
            return [[True] * len(tags)] * len(tags), [True] * len(tags), [True] * len(tags)
        return (
            [[is_allowed(a, b, self.scheme) for b in tags] for a in tags],
            [is_allowed(None, tag, self.scheme) for tag in tags],
            [is_allowed(tag, None, self.scheme) for tag in tags],
        )
