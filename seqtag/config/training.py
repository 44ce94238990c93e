"""The section ``training`` of a configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seqtag.config.class_weights import parse_class_weights
from seqtag.config.keys import key


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingConfig:
    """How the weights are found."""

    epochs: int = key(0, "passes over train at most; 0: by the size of train", low=0, high=10**6)
    epochs_factor: float = key(
        1.0, "what the number of epochs by the size of train is multiplied by", low=0.01, high=100.0
    )
    batch_tokens: int = key(
        500, "padded tokens in a batch; 0: by the size of train", low=0, high=10**7
    )
    batch_sentences: int = key(0, "sentences in a batch at most; 0: any number", low=0, high=10**7)
    optimizer: Literal["adamw", "sgd", "asgd"] = key(
        "adamw", "optimizer; asgd: sgd whose weights are averaged from some epoch on"
    )
    momentum: float = key(
        0.9, "Nesterov momentum of sgd; 0: none; with asgd 0.0", low=0.0, high=0.999
    )
    trigger: int = key(5, "epochs without a better dev score before asgd begins to average", low=1)
    learning_rate: float = key(
        0.003, "highest learning rate; with sgd 1.0, with asgd 10.0", low=0.0, high=1000.0
    )
    schedule: Literal["linear", "onecycle", "plateau", "constant"] = key(
        "linear", "how the learning rate goes on behind its rise; with asgd constant"
    )
    warmup: float = key(
        0.1, "share of all steps in which the rate rises; with onecycle 0.3", low=0.0, high=1.0
    )
    plateau_factor: float = key(
        0.5, "what plateau multiplies the rate by when dev gets no better", low=0.01, high=0.99
    )
    plateau_patience: int = key(
        2, "epochs without a better dev score before plateau lowers the rate", low=1
    )
    weight_decay: float = key(
        0.01,
        "decay of weight matrices; with sgd 0.00001, with asgd 0.0000012",
        low=0.0,
        high=10.0,
    )
    clip_norm: float = key(1.0, "highest norm of the gradient; with asgd 0.25", low=1e-9, high=1e9)
    mixed_precision: Literal["none", "auto", "bf16", "fp16"] = key(
        "none", "computes in half precision; auto: bf16 where it is fast; fp16 on CUDA alone"
    )
    class_weights: str = key(
        "none", "none, balanced, or how much labels and tags count: PER=2,O=0.5"
    )
    label_smoothing: float = key(
        0.0, "share of the target that all tags, labels or units have in common", low=0.0, high=0.9
    )
    average: float = key(
        0.9998, "highest decay of the averaged weights; 0: none", low=0.0, high=0.999999
    )
    patience: int = key(
        6, "epochs without a better dev score, behind the first half, before the end", low=1
    )
    auxiliary: str = key(
        "auto", "columns learnt beside the tags and then forgotten: auto, none, or XPOS+DEPREL"
    )
    auxiliary_weight: float = key(0.1, "weight of each of these in the loss", low=0.0, high=10.0)
    checkpoint_seconds: float = key(60.0, "longest time between checkpoints", low=0.0)

    def __post_init__(self) -> None:
        """Refuse class weights that cannot be read."""
        parse_class_weights(self.class_weights)
