"""The language models that are compared, with their settings; also those of characters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.benchmark.environments import OWN
from scripts.benchmark.plans import TORCH, System, TaskPlan

LIMIT = 20
"""Minutes that the plain model and the same model in seqtag are trained."""

FULL_EPOCHS, ADAPTIVE_EPOCHS = 1, 4
"""With either softmax, for which the limit has to be enough on two cores, so that the rate has come
down by then."""

SIZE, LAYERS = 200, 2
DROPOUT = 0.2
LANES, WINDOW = 20, 35
WRITTEN = 20
"""Words or characters that are written behind a text."""

PLAIN = System(
    "plain-lm",
    "plain PyTorch, LSTM",
    "plain_lm",
    OWN,
    settings={
        "min_count": 1,
        "count_unknown": True,  # of a text that has `<unk>` in it, a word like any other
        "size": SIZE,
        "layers": LAYERS,
        "dropout": DROPOUT,
        "lanes": LANES,
        "window": WINDOW,
        # As in PyTorch's own example of a language model, and in Zaremba et al. for the fall.
        "learning_rate": 20.0,
        "clip": 0.25,
        "slow_down": 4.0,
        "epochs": 0,
        "words": WRITTEN,
    },
    quick={"epochs": 1},
    task="generate",
    minutes=LIMIT,
)


def _seqtag(
    name: str,
    title: str,
    settings: Mapping[str, Any],
    *,
    task: str = "generate",
    minutes: float = 0,
    quick: Mapping[str, Any] | None = None,
) -> System:
    return System(
        name,
        title,
        "seqtag_generator",
        OWN,
        settings=settings,
        quick={"training.epochs": 1, **(quick or {})},
        loading={**TORCH, "words": WRITTEN},
        task=task,
        minutes=minutes,
    )


SAME_SIZES: Mapping[str, Any] = {
    "units.text": "word",
    "data.tokenizer": "space",
    "data.artefacts": "keep",
    "embedding.word_size": SIZE,
    "encoder.cell": "lstm",
    "encoder.hidden_size": SIZE,
    "encoder.num_layers": LAYERS,
    "encoder.dropout": DROPOUT,
    # What the plain model does not have is left out, whatever it would gain or cost.
    "encoder.variational": False,
    "language_model.embedding_dropout": 0.0,
    "language_model.weight_dropout": 0.0,
    "language_model.activation_penalty": 0.0,
    "language_model.change_penalty": 0.0,
    "language_model.tied": True,
    "language_model.window": WINDOW,
    "training.batch_tokens": LANES * WINDOW,
    "training.optimizer": "sgd",
    "training.momentum": 0.0,
    "training.weight_decay": 0.0,
    "training.learning_rate": 10.0,
    "training.clip_norm": 0.25,
    "training.mixed_precision": "none",
}
"""The plain model in seqtag."""

FULL = _seqtag(
    "generator-full",
    "seqtag, the same model",
    {**SAME_SIZES, "language_model.softmax": "full", "training.epochs": FULL_EPOCHS},
    minutes=LIMIT,
)
ADAPTIVE = _seqtag(
    "generator-adaptive",
    "seqtag, the same with adaptive softmax",
    {**SAME_SIZES, "language_model.softmax": "adaptive", "training.epochs": ADAPTIVE_EPOCHS},
    minutes=LIMIT,
    quick={"language_model.softmax": "auto"},  # the slice has too few words to gain by it
)
GENERATOR = _seqtag(
    "generator", "seqtag default", {"preset": "default"}, quick={"units.size": 1000}
)
WORDS = _seqtag(
    "generator-words",
    "seqtag, words, in 90 minutes",
    {
        "units.text": "word",
        "data.tokenizer": "space",
        "data.artefacts": "keep",
        "embedding.word_size": 400,
        # As few passes as there is time for leave little to be learnt by heart.
        "language_model.weight_dropout": 0.0,
        "training.epochs": 10,
    },
    minutes=90,
)
CHARACTERS = _seqtag(
    "generator-characters",
    "seqtag default, characters",
    {"preset": "default", "units.text": "char"},
    task="spell",
)

GENERATING = TaskPlan(
    "generate",
    systems=(PLAIN, FULL, ADAPTIVE, GENERATOR, WORDS),
    quick=("plain-lm", "generator-full", "generator-adaptive"),
    unit="words",
    prediction="",
    size=0,
    quick_size=0,
    pairs={"training-speed": (("generator-full", "plain-lm"), ("generator-adaptive", "plain-lm"))},
)

SPELLING = TaskPlan(
    "spell",
    systems=(CHARACTERS,),
    quick=("generator-characters",),
    unit="characters",
    prediction="",
    size=0,
    quick_size=0,
    pairs={},
)
