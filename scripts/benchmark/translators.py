"""The translators that are compared, with their settings; also those of words to their phones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.benchmark.environments import OWN
from scripts.benchmark.plans import TORCH, System, TaskPlan

BEAM = 5
LIMIT = 30
"""Minutes that JoeyNMT and the same model in seqtag are trained."""

EPOCHS = 10
"""For which seqtag needs 27 minutes on two cores, so that its rate has come down by then."""

SUBWORDS = 6000
BATCH_TOKENS = 2000
WORD_SIZE, HIDDEN_SIZE, DECODER_SIZE = 256, 256, 512
DROPOUT, LABEL_SMOOTHING = 0.2, 0.1

JOEYNMT = System(
    "joeynmt",
    "JoeyNMT 2.3, recurrent",
    "joeynmt",
    "joeynmt",
    settings={
        "subwords": SUBWORDS,
        "word_size": WORD_SIZE,
        "hidden_size": HIDDEN_SIZE,
        "decoder_size": DECODER_SIZE,
        "dropout": DROPOUT,
        "label_smoothing": LABEL_SMOOTHING,
        "batch_tokens": BATCH_TOKENS,
        "learning_rate": 0.002,
        "warmup": 100,
        "validation_steps": 100,
        "epochs": 0,
        "beam": BEAM,
        "batch_sentences": 32,
    },
    quick={"subwords": 1000, "epochs": 1, "validation_steps": 5},
    task="translate",
    minutes=LIMIT,
)


def _seqtag(
    name: str,
    title: str,
    settings: Mapping[str, Any],
    *,
    task: str = "translate",
    minutes: float = 0,
    quick: Mapping[str, Any] | None = None,
) -> System:
    return System(
        name,
        title,
        "seqtag_translator",
        OWN,
        settings=settings,
        quick={"training.epochs": 1, **(quick or {})},
        loading={**TORCH, "beam": BEAM},
        task=task,
        minutes=minutes,
    )


SAME_SIZES = _seqtag(
    "translator-joeynmt",
    "seqtag, JoeyNMT's sizes",
    {
        "units.algorithm": "bpe",
        "units.size": SUBWORDS,
        "units.joint": True,
        "embedding.word_size": WORD_SIZE,
        "encoder.cell": "lstm",
        "encoder.hidden_size": HIDDEN_SIZE,
        "encoder.num_layers": 1,
        "encoder.dropout": DROPOUT,
        "decoder.cell": "lstm",
        "decoder.hidden_size": DECODER_SIZE,
        "decoder.num_layers": 1,
        "decoder.attention": "additive",
        # JoeyNMT's attention is as wide as the decoder, and its output has vectors of its own.
        "decoder.attention_size": DECODER_SIZE,
        "decoder.tied": False,
        "decoder.input_feeding": True,
        "decoder.dropout": DROPOUT,
        "training.label_smoothing": LABEL_SMOOTHING,
        "training.batch_tokens": BATCH_TOKENS,
        "training.mixed_precision": "none",  # as JoeyNMT computes on a CPU
        "training.epochs": EPOCHS,
    },
    minutes=LIMIT,
    quick={"units.size": 1000},
)
TRANSLATOR = _seqtag(
    "translator", "seqtag default", {"preset": "default"}, quick={"units.size": 1000}
)
PRONUNCIATION = _seqtag(
    "translator-pronunciation",
    "seqtag, letters to phones",
    {
        "units.source": "char",
        "units.target": "word",
        "data.tokenizer": "space",
        # Full precision, the default for characters, takes half as long again.
        "training.mixed_precision": "bf16",
    },
    task="pronounce",
)

TRANSLATING = TaskPlan(
    "translate",
    systems=(JOEYNMT, SAME_SIZES, TRANSLATOR),
    quick=("joeynmt", "translator-joeynmt"),
    unit="sentences",
    prediction="translating",
    size=1000,
    quick_size=100,
    pairs={
        "training-speed": (("translator-joeynmt", "joeynmt"),),
        "translating": (("translator-joeynmt", "joeynmt"), ("translator", "joeynmt")),
    },
    calls=100,
    quick_calls=10,
)

PRONOUNCING = TaskPlan(
    "pronounce",
    systems=(PRONUNCIATION,),
    quick=("translator-pronunciation",),
    unit="words",
    prediction="",
    size=0,
    quick_size=0,
    pairs={},
)
