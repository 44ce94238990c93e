"""JoeyNMT: a recurrent translator with attention, over subwords of both languages together.

What is trained, validated and searched with is JoeyNMT's own code; around it stand the making of
its subwords, as its script for vocabularies makes them, and the clock. Its loop knows no limit of
time, so that the step behind the limit is made its last one, with a validation.
"""

from __future__ import annotations

import logging
import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sentencepiece
import torch
import yaml
from joeynmt.config import parse_global_args, set_validation_args
from joeynmt.prediction import predict, prepare
from joeynmt.training import TrainManager

from scripts.benchmark.protocol import Clock, SteppingWorker, Task, serve

CONFIG, WEIGHTS, PIECES = "config.yaml", "model.ckpt", "pieces.model"
VOCABULARIES = {"src": "src_vocab.txt", "trg": "trg_vocab.txt"}
"""The names that JoeyNMT gives them in a model's folder."""
_MADE = "subwords"
"""Folder of the subwords before JoeyNMT copies them into the model's."""
_SPECIAL = ("<unk>", "<pad>", "<s>", "</s>")
"""In the order in which JoeyNMT puts them in front of a vocabulary."""


class JoeyNMT:
    """See `scripts.benchmark.protocol.System`.

    Settings: the number of ``subwords``, the sizes ``word_size``, ``hidden_size`` of each direction
    of the encoder and ``decoder_size``, ``dropout``, ``label_smoothing``, ``batch_tokens``, the
    highest ``learning_rate`` of Adam and the steps of its rise, ``warmup``, ``validation_steps``,
    ``seed``, ``cores``, for decoding ``beam`` and ``batch_sentences``, and a limit, ``minutes`` or
    ``epochs``; of either 0 is none.
    """

    packages = ("joeynmt", "torch", "sentencepiece", "sacrebleu", "numpy")

    def __init__(self) -> None:
        self._model: Any = None
        self._stream: Any = None
        self._arguments: Any = None
        self._slice: _SliceTrainer | None = None

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train with JoeyNMT's trainer and keep the model that is best on dev."""
        torch.set_num_threads(settings["cores"])
        output.mkdir(parents=True, exist_ok=True)
        arguments = _arguments(task, task["sources"]["train"], output, settings)
        model, train_data, dev_data, _ = prepare(arguments, rank=0, mode="train")
        trainer = _ClockedTrainer(clock, settings["minutes"], **_trainer_options(model, arguments))
        trainer.train_and_validate(train_data, dev_data)
        best = output / "best.ckpt"
        kept = best if best.exists() else output / "latest.ckpt"  # where none was validated
        state = torch.load(kept, map_location="cpu", weights_only=True)
        # The state of the optimizer is no part of the model.
        torch.save({"model_state": state["model_state"]}, output / WEIGHTS)
        for path in (*output.glob("*.ckpt"), *output.glob("*.hyps")):
            if path.name != WEIGHTS:
                path.unlink()
        for name in ("tensorboard", _MADE):
            shutil.rmtree(output / name)
        stats = trainer.stats
        return {
            "epochs": stats.epochs,
            "steps": stats.steps,
            "best_step": stats.best_ckpt_iter,
            "target_tokens": stats.total_tokens,
            "target_tokens_per_second": round(stats.total_tokens / trainer.seconds, 1),
        }

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open the best model."""
        torch.set_num_threads(settings["cores"])
        configuration = yaml.safe_load((model / CONFIG).read_text("utf-8"))
        configuration["testing"]["load_model"] = str(model / WEIGHTS)
        for side, name in VOCABULARIES.items():
            _place(configuration, side, model / PIECES, model / name)
        configuration["model_dir"] = str(model)
        self._arguments = parse_global_args(configuration, rank=0, mode="translate")
        self._model, _, _, self._stream = prepare(self._arguments, rank=0, mode="translate")
        self._model.eval()

    def predict(self, items: Sequence[str]) -> list[str]:
        """Translate texts in batches, those of similar length together."""
        order = sorted(range(len(items)), key=lambda place: len(items[place]))
        self._stream.reset_cache()
        for place in order:
            self._stream.set_item(items[place])
        found = predict(
            model=self._model,
            data=self._stream,
            compute_loss=False,
            device=self._arguments.device,
            n_gpu=0,
            normalization="none",
            args=self._arguments.test,
            autocast=self._arguments.autocast,
        )
        self._stream.reset_cache()
        answers = [""] * len(items)
        for place, text in zip(order, found[2], strict=True):
            answers[place] = text
        return answers

    def predict_one(self, item: str) -> str:
        """Translate one text."""
        return self.predict([item])[0]

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the files of the best model."""
        del settings
        return [model / name for name in (CONFIG, WEIGHTS, PIECES, *VOCABULARIES.values())]

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        """Make the subwords of the whole training part, and a trainer for the slice."""
        torch.set_num_threads(settings["cores"])
        output = Path(slice_file).parent / "joeynmt-steps"
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir()
        # Nothing is validated: the data are given for what the loop asks of them.
        arguments = _arguments(task, source, output, {**settings, "epochs": 1})
        model, data, _, _ = prepare(arguments, rank=0, mode="train")
        self._slice = _SliceTrainer(data, **_trainer_options(model, arguments))

    def train_slice(self) -> int:
        """Train once over the slice; return its target subwords, ends included."""
        assert self._slice is not None
        return self._slice.epoch()


class _ClockedTrainer(TrainManager):  # type: ignore[misc] # JoeyNMT publishes no types
    """JoeyNMT's trainer, which tells the clock of its scores and ends with the time.

    Args:
        clock: The clock; it stands still in validations.
        minutes: How long to train, 0 for any time.
        **options: Those of the trainer.

    Attributes:
        seconds: How long the steps took, without validations.
    """

    args: Any

    def __init__(self, clock: Clock, minutes: float, **options: Any) -> None:  # noqa: ANN401 - JoeyNMT's
        super().__init__(**options)
        self._clock = clock
        self._limit = 60 * minutes if minutes else math.inf
        self._began = clock.seconds()
        self._score = 0.0
        self.seconds = 0.0

    def _train_step(self, batch: Any) -> Any:  # noqa: ANN401 - JoeyNMT's
        result = super()._train_step(batch)
        self.seconds = self._clock.seconds() - self._began
        if self._clock.seconds() >= self._limit:
            self.stats.is_max_update = True
            self.args = self.args._replace(validation_freq=1)
        return result

    def _validate(self, valid_data: Any) -> None:  # noqa: ANN401 - JoeyNMT's
        with self._clock.paused():
            super()._validate(valid_data)
        self._clock.note(self._score / 100)

    def _add_report(self, valid_scores: dict[str, float], new_best: bool = False) -> None:
        self._score = valid_scores["bleu"]
        super()._add_report(valid_scores, new_best)


class _SliceTrainer(TrainManager):  # type: ignore[misc] # JoeyNMT publishes no types
    """JoeyNMT's trainer for passes over a slice, which writes and scores nothing.

    Args:
        data: The slice.
        **options: Those of the trainer.
    """

    args: Any

    def __init__(self, data: Any, **options: Any) -> None:  # noqa: ANN401 - JoeyNMT's
        super().__init__(**options)
        self._data = data
        self._passes = 0

    def epoch(self) -> int:
        """Train once over the slice; return its target subwords, ends included."""
        self._passes += 1
        self.stats.epochs = self._passes
        self.args = self.args._replace(epochs=self._passes)
        before = self.stats.total_tokens
        self.train_and_validate(self._data, self._data)
        return int(self.stats.total_tokens - before)

    def _validate(self, valid_data: Any) -> None:  # noqa: ANN401 - JoeyNMT's
        del valid_data

    def _save_checkpoint(self, new_best: bool, score: float) -> None:
        del new_best, score


def _trainer_options(model: Any, arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JoeyNMT's
    return {
        "rank": 0,
        "model": model,
        "model_dir": arguments.model_dir,
        "device": arguments.device,
        "n_gpu": 0,
        "num_workers": 0,
        "autocast": arguments.autocast,
        "seed": arguments.seed,
        "train_args": arguments.train,
        "dev_args": set_validation_args(arguments.test),
    }


def _arguments(task: Task, train: str, output: Path, settings: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JoeyNMT's
    """Make the subwords, write the configuration, and return it as JoeyNMT reads it.

    Args:
        task: The corpus; its whole training part gives the subwords.
        train: What to train on.
        output: Folder of the model.
        settings: See `JoeyNMT`.
    """
    pieces, vocabulary = _make_subwords(task, output / _MADE, settings)
    configuration = _configuration(task, train, settings)
    (output / CONFIG).write_text(yaml.safe_dump(configuration), "utf-8")
    for side in VOCABULARIES:
        _place(configuration, side, pieces, vocabulary)
    configuration["model_dir"] = str(output)
    return parse_global_args(configuration, rank=0, mode="train")


def _make_subwords(task: Task, folder: Path, settings: Mapping[str, Any]) -> tuple[Path, Path]:
    """Learn the subwords of both languages from the training part; return their two files."""
    folder.mkdir()
    sentencepiece.SentencePieceTrainer.Train(
        input=[f"{task['sources']['train']}.{language}" for language in task["languages"]],
        model_prefix=str(folder / PIECES.removesuffix(".model")),
        model_type="bpe",
        vocab_size=settings["subwords"],
        character_coverage=1.0,
        normalization_rule_name="identity",
        num_threads=settings["cores"],
        unk_id=0,
        pad_id=1,
        bos_id=2,
        eos_id=3,
        minloglevel=1,
    )
    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / PIECES))
    pieces = [processor.IdToPiece(number) for number in range(processor.GetPieceSize())]
    vocabulary = folder / "vocabulary.txt"
    kept = [piece for piece in pieces if piece not in _SPECIAL]
    vocabulary.write_text("".join(f"{piece}\n" for piece in kept), "utf-8")
    return folder / PIECES, vocabulary


def _place(configuration: dict[str, Any], side: str, pieces: Path, vocabulary: Path) -> None:
    """Tell a configuration where the subwords of a side lie."""
    data = configuration["data"][side]
    data["voc_file"] = str(vocabulary)
    data["tokenizer_cfg"]["model_file"] = str(pieces)


def _configuration(task: Task, train: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration; what is not named in the settings is that of JoeyNMT's examples."""

    def side(language: str) -> dict[str, Any]:
        return {
            "lang": language,
            "level": "bpe",
            "lowercase": False,
            "normalize": False,
            "max_length": 200,
            "tokenizer_type": "sentencepiece",
            "tokenizer_cfg": {"pretokenizer": "none"},
        }

    source, target = task["languages"]
    embeddings = {"embedding_dim": settings["word_size"], "scale": False}
    return {
        "name": "benchmark",
        "joeynmt_version": "2.3.0",
        "use_cuda": False,
        "random_seed": settings["seed"],
        "data": {
            "train": train,
            "dev": task["sources"]["dev"],
            "dataset_type": "plain",
            "src": side(source),
            "trg": side(target),
        },
        "testing": {
            "beam_size": settings["beam"],
            "beam_alpha": 1.0,
            "batch_size": settings["batch_sentences"],
            "batch_type": "sentence",
            "eval_metrics": ["bleu"],
            "max_output_length": -1,
            "generate_unk": False,
            "sacrebleu_cfg": {"tokenize": "13a"},
        },
        "training": {
            "optimizer": "adam",
            "adam_betas": [0.9, 0.999],
            "learning_rate": settings["learning_rate"],
            "learning_rate_min": 0.00001,
            "learning_rate_warmup": settings["warmup"],
            "scheduling": "warmupinversesquareroot",
            "clip_grad_norm": 1.0,
            "normalization": "tokens",
            "label_smoothing": settings["label_smoothing"],
            "batch_size": settings["batch_tokens"],
            "batch_type": "token",
            "epochs": settings["epochs"] or 1_000_000,
            "validation_freq": settings["validation_steps"],
            "logging_freq": settings["validation_steps"],
            "early_stopping_metric": "bleu",
            "keep_best_ckpts": 1,
            "print_valid_sents": [0],
            "shuffle": True,
        },
        "model": {
            "initializer": "xavier_uniform",
            "bias_initializer": "zeros",
            "embed_initializer": "normal",
            "embed_init_weight": 0.1,
            "lstm_forget_gate": 1.0,
            "tied_embeddings": True,
            "encoder": {
                "type": "recurrent",
                "rnn_type": "lstm",
                "embeddings": dict(embeddings),
                "hidden_size": settings["hidden_size"],
                "bidirectional": True,
                "dropout": settings["dropout"],
                "num_layers": 1,
            },
            "decoder": {
                "type": "recurrent",
                "rnn_type": "lstm",
                "embeddings": dict(embeddings),
                "hidden_size": settings["decoder_size"],
                "dropout": settings["dropout"],
                "hidden_dropout": settings["dropout"],
                "num_layers": 1,
                "input_feeding": True,
                "init_hidden": "bridge",
                "attention": "bahdanau",
            },
        },
    }


if __name__ == "__main__":
    logging.disable(logging.INFO)  # JoeyNMT tells much
    serve(SteppingWorker(JoeyNMT()))
