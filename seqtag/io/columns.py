"""Which columns of a CoNLL or CoNLL-U file hold the tokens, the tags and further features."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from seqtag.errors import ConfigError
from seqtag.io.docbin import is_docbin

Format: TypeAlias = Literal["conll", "conllu"]

CONLLU_COLUMNS = (
    "ID",
    "FORM",
    "LEMMA",
    "UPOS",
    "XPOS",
    "FEATS",
    "HEAD",
    "DEPREL",
    "DEPS",
    "MISC",
)

_ROLES = ("token", "feature", "tag")
_CONLLU_TOKENS = ("FORM", "LEMMA")
_INDEX = re.compile(r"-?[0-9]+")
_MISC_KEY = re.compile(r"[^\s=|]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of an annotated file that matter.

    Attributes:
        token: The column of the tokens: for CoNLL its index, from 0 or, negative, from the end
            (``"0"``, ``"-1"``); for CoNLL-U its name (``"FORM"``).
        tags: The tag columns, the main one first; for CoNLL-U a name that is none of the ten
            columns is a key in MISC. They are the keys of ``Sentence.tags_by``.
        features: The columns that are read beside the tokens, named like tag columns; the keys of
            ``Sentence.features_by``.
    """

    token: str
    tags: tuple[str, ...]
    features: tuple[str, ...] = ()

    @property
    def spec(self) -> str:
        """The columns as ``parse_columns`` reads them, such as ``token=0,tag=-1``."""
        features = f"feature={'+'.join(self.features)}," if self.features else ""
        return f"token={self.token},{features}tag={'+'.join(self.tags)}"


_DEFAULTS: dict[Format, Columns] = {
    "conll": Columns("0", ("-1",)),
    "conllu": Columns("FORM", ("UPOS",)),
}


def guess_format(path: str) -> Format:
    """Return the format that a file's name tells: CoNLL-U for ``.conllu``, else CoNLL.

    Of spaCy's documents (``.spacy``) it is CoNLL-U, which is what they are read as.
    """
    is_conllu = path.lower().endswith((".conllu", ".conllu.gz")) or is_docbin(path)
    return "conllu" if is_conllu else "conll"


def parse_columns(spec: str | None, format: Format) -> Columns:
    """Read a description of columns such as ``token=0,tag=3`` or ``tag=UPOS+XPOS``.

    Args:
        spec: ``role=column`` pairs with commas between them, where ``tag`` and ``feature`` may
            name several columns with ``+`` between them. A role that is left out, or all of them
            with ``None``, takes its default: first and last column, or FORM and UPOS; no features.
        format: The format of the files to which the columns belong.

    Raises:
        ConfigError: The description is not of this form, or the format has no such column.
    """
    given: dict[str, str] = {}
    for part in spec.split(",") if spec else ():
        role, equals, value = (piece.strip() for piece in part.partition("="))
        if not (role and equals and value):
            raise ConfigError(
                f"columns '{spec}': '{part}' is not of the form role=column; "
                f"write it like '{_DEFAULTS[format].spec}'"
            )
        if role not in _ROLES:
            raise ConfigError(f"columns '{spec}': unknown role '{role}'; {_nearest(role)}")
        if role in given:
            raise ConfigError(
                f"columns '{spec}': {role} is given twice; join several columns as in {role}=1+3"
            )
        given[role] = value
    default = _DEFAULTS[format]
    check = _check_index if format == "conll" else _check_name
    token = check("token", given["token"], spec) if "token" in given else default.token
    several = {
        role: tuple(check(role, name.strip(), spec) for name in given[role].split("+"))
        for role in ("tag", "feature")
        if role in given
    }
    columns = Columns(token, several.get("tag", default.tags), several.get("feature", ()))
    named = [token, *columns.features, *columns.tags]
    for name in named:
        if named.count(name) > 1:
            raise ConfigError(f"columns '{spec}': column {name} is named twice; name each once")
    return columns


def with_more_tags(columns: Columns, names: Sequence[str], format: Format) -> Columns:
    """Return columns with further tag columns behind the others.

    Raises:
        ConfigError: The format has no such column, or one is named already.
    """
    if not names:
        return columns
    return parse_columns(replace(columns, tags=(*columns.tags, *names)).spec, format)


def nearest_column(name: str) -> str | None:
    """Return the CoNLL-U column that a name most likely means, if there is one like it."""
    return next(iter(difflib.get_close_matches(name.upper(), CONLLU_COLUMNS, n=1)), None)


def _nearest(role: str) -> str:
    near = difflib.get_close_matches(role, _ROLES, n=1)
    return f"did you mean {near[0]}?" if near else f"the roles are {', '.join(_ROLES)}"


def _check_index(role: str, name: str, spec: str | None) -> str:
    if not _INDEX.fullmatch(name):
        raise ConfigError(
            f"columns '{spec}': {role} is '{name}', but a CoNLL column is a number from 0 or, "
            "from the end, from -1; columns have names in CoNLL-U files only (.conllu)"
        )
    return str(int(name))


def _check_name(role: str, name: str, spec: str | None) -> str:
    if _INDEX.fullmatch(name):
        raise ConfigError(
            f"columns '{spec}': {role} is '{name}', but a CoNLL-U column has a name; "
            f"write it like '{_DEFAULTS['conllu'].spec}'"
        )
    if role == "token":
        if name in _CONLLU_TOKENS:
            return name
        raise ConfigError(
            f"columns '{spec}': the tokens of CoNLL-U stand in {' or '.join(_CONLLU_TOKENS)}, "
            f"not in '{name}'; leave token out for FORM"
        )
    if name in ("ID", "MISC"):
        raise ConfigError(
            f"columns '{spec}': {name} holds no {role}s; name one of the other columns or a key "
            f"in MISC, such as {role}=NER"
        )
    if name.upper() in CONLLU_COLUMNS and name not in CONLLU_COLUMNS:
        raise ConfigError(f"columns '{spec}': no column '{name}'; did you mean {name.upper()}?")
    if not _MISC_KEY.fullmatch(name) or name == "_":
        raise ConfigError(
            f"columns '{spec}': '{name}' can be no column and no key in MISC; "
            "name a column such as UPOS or a key such as NER"
        )
    return name
