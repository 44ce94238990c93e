"""A language model of words in plain PyTorch, as one writes it oneself in an afternoon.

An LSTM of a few layers between a table of vectors and a softmax that shares it (Press & Wolf 2017),
dropout, truncated backpropagation through time, SGD with clipped gradients, and a rate that is
divided whenever dev has got no better (Zaremba et al. 2014). Of torch it takes the layers, the loss
and the optimizer as they are, and of seqtag nothing.

Words are what stands between spaces, and every line ends in a word of its own. Words that are rare
in the training part, or not in it, are one and the same unknown word; so is ``<unk>``, which public
corpora have in place of rare words already.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from scripts.benchmark.protocol import Clock, Task, TextWorker, serve

MODEL = "model.pt"
UNKNOWN, LINE_END = "<unk>", "<eos>"
NO_TARGET = -100
"""What torch's loss leaves out."""
EVALUATION_LANES = 10
EVALUATION_WINDOW = 100

State: TypeAlias = tuple[Tensor, Tensor]
"""Of all layers h and c, each (layers, lanes, hidden)."""


class PlainModel(nn.Module):
    """From words to the logits of the words that come next.

    Args:
        words: Number of words.
        size: Size of a word's vector and of a state, which are one since the vectors are shared.
        layers: Number of layers.
        dropout: Share of numbers dropped before, between and behind the layers.
    """

    def __init__(self, words: int, size: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, size)
        self.lstm = nn.LSTM(size, size, layers, dropout=dropout if layers > 1 else 0.0)
        self.output = nn.Linear(size, words)
        self.dropout = nn.Dropout(dropout)
        self.output.weight = self.embedding.weight
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)
        nn.init.zeros_(self.output.bias)

    def forward(self, words: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Map (steps, lanes) to (steps, lanes, words), and return the state behind."""
        states, state = self.lstm(self.dropout(self.embedding(words)), state)
        return self.output(self.dropout(states)), state


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The words of a training part, the frequent ones first.

    Attributes:
        words: All of them; the unknown word and the end of a line come first.
    """

    words: Sequence[str]

    @classmethod
    def of(cls, text: Sequence[str], min_count: int) -> Dictionary:
        """Collect the words that occur often enough."""
        counts = Counter(text)
        for special in (UNKNOWN, LINE_END):
            counts.pop(special, None)
        frequent = [word for word, count in counts.most_common() if count >= min_count]
        return cls([UNKNOWN, LINE_END, *frequent])

    def numbers(self, text: Sequence[str]) -> Tensor:
        """Return the numbers (words,) of a text."""
        table = {word: number for number, word in enumerate(self.words)}
        return torch.tensor([table.get(word, 0) for word in text], dtype=torch.long)


@dataclass(frozen=True, slots=True)
class Score:
    """What a text costs a model.

    Attributes:
        nats: Negative log-likelihood of all words, ends of lines among them.
        words: How many these are.
        known_nats: The same without unknown words.
        known_words: How many are known.
    """

    nats: float
    words: int
    known_nats: float
    known_words: int

    def perplexity(self, *, known: bool = False) -> float:
        """Return the perplexity of a word, or of a known one."""
        nats, words = (self.known_nats, self.known_words) if known else (self.nats, self.words)
        return math.exp(nats / words)


def read_words(path: str | Path) -> list[str]:
    """Return the words of a file, with `LINE_END` behind those of each line."""
    found = []
    with Path(path).open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            found += [*line.split(), LINE_END]
    return found


def in_lanes(text: Tensor, lanes: int) -> tuple[Tensor, Tensor]:
    """Cut a text into lanes that are read side by side.

    Args:
        text: (words,)
        lanes: How many.

    Returns:
        The words that are read and those that come next, both (steps, lanes). Each lane begins
        with the last word of the one before, the first with the end of a line; what is missing
        at the end of the last ones is `NO_TARGET`.
    """
    steps = -(-len(text) // lanes)
    missing = text.new_full((steps * lanes - len(text),), NO_TARGET)
    targets = torch.cat([text, missing])
    inputs = torch.cat([text.new_full((1,), 1), targets[:-1]]).clamp_min(0)
    inputs, targets = (each.view(lanes, steps).t().contiguous() for each in (inputs, targets))
    return inputs, targets


def windows(inputs: Tensor, targets: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield some steps at a time of what `in_lanes` returns."""
    return zip(torch.split(inputs, size), torch.split(targets, size), strict=True)


class Trainer:
    """Trains a model by truncated backpropagation through time.

    Args:
        model: The model.
        text: (words,) to train on.
        settings: ``lanes``, ``window``, ``learning_rate``, ``clip``, and ``count_unknown``,
            whether the unknown word is learnt to be written as others are.
    """

    def __init__(self, model: PlainModel, text: Tensor, settings: Mapping[str, Any]) -> None:
        self.model = model
        self.optimizer = torch.optim.SGD(model.parameters(), lr=settings["learning_rate"])
        self._loss = nn.CrossEntropyLoss()
        self._window, self._clip = settings["window"], settings["clip"]
        self._words = len(text)
        self._inputs, self._targets = in_lanes(text, settings["lanes"])
        if not settings["count_unknown"]:
            self._targets[self._targets == 0] = NO_TARGET

    def epoch(self, should_stop: Callable[[], bool] = lambda: False) -> int:
        """Train once over the text, or until it is to stop; return how many words were read."""
        self.model.train()
        state: State | None = None
        words = 0
        for inputs, targets in windows(self._inputs, self._targets, self._window):
            if should_stop():
                break
            if state is not None:
                state = (state[0].detach(), state[1].detach())
            logits, state = self.model(inputs, state)
            loss = self._loss(logits.flatten(0, 1), targets.flatten())
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), self._clip)
            self.optimizer.step()
            words += inputs.numel()
        return min(words, self._words)  # what is missing at the end is none

    def slow_down(self, factor: float) -> None:
        """Divide the rate."""
        for group in self.optimizer.param_groups:
            group["lr"] /= factor


@torch.no_grad()
def evaluate(model: PlainModel, text: Tensor) -> Score:
    """Return what a text (words,) costs a model; every word of it counts."""
    model.eval()
    loss = nn.CrossEntropyLoss(reduction="none")
    state: State | None = None
    nats = known_nats = 0.0
    for inputs, targets in windows(*in_lanes(text, EVALUATION_LANES), EVALUATION_WINDOW):
        logits, state = model(inputs, state)
        costs = loss(logits.flatten(0, 1), targets.flatten()).double()
        nats += float(costs.sum())
        known_nats += float(costs[targets.flatten() > 0].sum())
    return Score(nats, len(text), known_nats, int((text > 0).sum()))


@torch.no_grad()
def write(model: PlainModel, prompt: Tensor, count: int) -> list[int]:
    """Return words that a model draws behind a prompt (words,), one word at least."""
    model.eval()
    logits, state = model(prompt[:, None], None)
    written: list[int] = []
    while len(written) < count:
        drawn = torch.multinomial(logits[-1].softmax(dim=1), 1)
        written.append(int(drawn))
        logits, state = model(drawn, state)
    return written


class PlainLanguageModel:
    """See `scripts.benchmark.protocol.TextSystem`; given a text it answers with words behind it.

    Settings: ``min_count`` of a word; the model's ``size``, ``layers`` and ``dropout``; those of
    `Trainer`; what the rate is divided by, ``slow_down``; ``epochs`` and a limit in ``minutes``, 0
    for none of either; how many ``words`` are written; ``seed`` and ``cores``. Scores on dev are
    perplexities, of known words alone where unknown ones do not count.
    """

    packages = ("torch", "numpy")

    def __init__(self) -> None:
        self._model: PlainModel | None = None
        self._dictionary = Dictionary([])
        self._words = 0
        self._trainer: Trainer | None = None

    def train(
        self, task: Task, output: Path, settings: Mapping[str, Any], clock: Clock
    ) -> Mapping[str, Any]:
        """Train to the end or to the limit, and keep the model that is best on dev."""
        dictionary, text = _prepare(task, task["sources"]["train"], settings)
        model = _make_model(dictionary, settings)
        dev = dictionary.numbers(read_words(task["sources"]["dev"]))
        trainer = Trainer(model, text, settings)
        limit = 60 * settings["minutes"] or math.inf
        known = not settings["count_unknown"]
        best, kept, words, seconds = math.inf, model.state_dict(), 0, 0.0
        for epoch in itertools.count(1):
            began = clock.seconds()
            words += trainer.epoch(lambda: clock.seconds() >= limit)
            seconds += clock.seconds() - began
            with clock.paused():
                score = evaluate(model, dev).perplexity(known=known)
            clock.note(score)
            if score < best:
                best, kept = score, copy.deepcopy(model.state_dict())
            else:
                trainer.slow_down(settings["slow_down"])
            if epoch == settings["epochs"] or clock.seconds() >= limit:
                break
        output.mkdir(parents=True, exist_ok=True)
        sizes = {key: settings[key] for key in ("size", "layers", "dropout")}
        saved = {"weights": kept, "words": list(dictionary.words), "sizes": sizes}
        torch.save(saved, output / MODEL)
        return {
            "epochs": epoch,
            "dev_perplexity": round(best, 3),
            "vocabulary": len(dictionary.words),
            "words": words,
            "words_per_second": round(words / seconds, 1),
        }

    def load(self, model: Path, settings: Mapping[str, Any]) -> None:
        """Open the best model."""
        torch.set_num_threads(settings["cores"])
        torch.manual_seed(settings["seed"])
        saved = torch.load(model / MODEL, weights_only=True)
        self._dictionary = Dictionary(saved["words"])
        self._words = settings["words"]
        self._model = PlainModel(len(saved["words"]), **saved["sizes"])
        self._model.load_state_dict(saved["weights"])

    def score_text(self, source: str) -> dict[str, float]:
        """Return what a file costs the model that is open; see `Score`."""
        assert self._model is not None
        return asdict(evaluate(self._model, self._dictionary.numbers(read_words(source))))

    def predict(self, items: Sequence[str]) -> list[str]:
        """Continue texts, one after the other."""
        return [self.predict_one(item) for item in items]

    def predict_one(self, item: str) -> str:
        """Continue one text, from the beginning of a line."""
        assert self._model is not None
        prompt = self._dictionary.numbers([LINE_END, *item.split()])
        numbers = write(self._model, prompt, self._words)
        written = " ".join(self._dictionary.words[number] for number in numbers)
        return "\n".join(line.strip() for line in written.split(LINE_END))

    def model_files(self, model: Path, settings: Mapping[str, Any]) -> list[Path]:
        """Return the file of the best model."""
        del settings
        return [model / MODEL]

    def prepare_training(
        self, task: Task, slice_file: str, source: str, settings: Mapping[str, Any]
    ) -> None:
        """Make a model with the words of the whole training part, and a trainer for the slice."""
        del slice_file
        dictionary, text = _prepare(task, source, settings)
        self._trainer = Trainer(_make_model(dictionary, settings), text, settings)

    def train_slice(self) -> int:
        """Train once over the slice; return its words, ends of lines included."""
        assert self._trainer is not None
        return self._trainer.epoch()


def _prepare(task: Task, source: str, settings: Mapping[str, Any]) -> tuple[Dictionary, Tensor]:
    """Return the words of the whole training part, and a text to train on."""
    torch.set_num_threads(settings["cores"])
    torch.manual_seed(settings["seed"])
    train = task["sources"]["train"]
    words = read_words(train)
    dictionary = Dictionary.of(words, settings["min_count"])
    return dictionary, dictionary.numbers(words if source == train else read_words(source))


def _make_model(dictionary: Dictionary, settings: Mapping[str, Any]) -> PlainModel:
    return PlainModel(
        len(dictionary.words), settings["size"], settings["layers"], settings["dropout"]
    )


if __name__ == "__main__":
    serve(TextWorker(PlainLanguageModel()))
