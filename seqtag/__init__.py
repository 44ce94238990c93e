"""seqtag: taggers, text classifiers, translators and language models, trained and used.

import seqtag

tagger = seqtag.load("runs/ner")
sentence = tagger.tag("Ada Lovelace lived in London .".split())
print(sentence.tags, sentence.spans)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from seqtag.api.classifier import Classifier
    from seqtag.api.export import export
    from seqtag.api.generator import Generator
    from seqtag.api.lint import lint
    from seqtag.api.load import load
    from seqtag.api.tagger import Tagger
    from seqtag.api.train import train
    from seqtag.api.translator import Translator
    from seqtag.errors import ConfigError, DataError, ModelError, SeqtagError
    from seqtag.text.label import Label
    from seqtag.text.sentence import Sentence, Span
    from seqtag.text.translation import Translation

_PLACES = {
    "export": "seqtag.api.export",
    "lint": "seqtag.api.lint",
    "load": "seqtag.api.load",
    "train": "seqtag.api.train",
    "Tagger": "seqtag.api.tagger",
    "Classifier": "seqtag.api.classifier",
    "Translator": "seqtag.api.translator",
    "Generator": "seqtag.api.generator",
    "Label": "seqtag.text.label",
    "Sentence": "seqtag.text.sentence",
    "Span": "seqtag.text.sentence",
    "Translation": "seqtag.text.translation",
    "SeqtagError": "seqtag.errors",
    "DataError": "seqtag.errors",
    "ConfigError": "seqtag.errors",
    "ModelError": "seqtag.errors",
}

__all__ = [
    "Classifier",
    "ConfigError",
    "DataError",
    "Generator",
    "Label",
    "ModelError",
    "SeqtagError",
    "Sentence",
    "Span",
    "Tagger",
    "Translation",
    "Translator",
    "export",
    "lint",
    "load",
    "train",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - functions and classes alike
    """Import a public name when it is first used, so that ``import seqtag`` stays quick."""
    if name not in _PLACES:
        raise AttributeError(f"module 'seqtag' has no attribute {name!r}")
    value = getattr(importlib.import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
