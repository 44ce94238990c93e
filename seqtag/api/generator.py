"""Texts that a language model writes, and how well it foresees others."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqtag.api.model_files import save_files
from seqtag.api.next_words import MOST_UNITS, next_words
from seqtag.config import SamplingConfig, from_mapping, to_mapping
from seqtag.decoding.generation import Prompts, Sampler, best_continuations
from seqtag.errors import ConfigError, DataError
from seqtag.text.continuation import (
    LINE_END,
    Pieces,
    Prompt,
    WordEnds,
    follows_word,
    read_prompt,
    starts_word,
)
from seqtag.text.stops import StopStrings
from seqtag.text.unit_base import END, PADDING, START, UNKNOWN
from seqtag.training.spec import GeneratorSpec

if TYPE_CHECKING:
    from seqtag.engines.torch import TorchUnitEngine

NEVER_WRITTEN = (PADDING, UNKNOWN, START)
"""Numbers that are no text."""


MOST_WANTED = 1000
"""Next words, or best texts, at most: each takes time, and the last ones are next to nothing."""


class Generator:
    """A trained language model; threads may share one.

    Args:
        spec: What it reads and writes.
        engine: Runs its network.

    Attributes:
        spec: What it reads and writes.
    """

    def __init__(self, spec: GeneratorSpec, engine: TorchUnitEngine) -> None:
        self.spec = spec
        self._engine = engine
        self._starts = starts_word(spec.units)
        self._clean = spec.cleaner()

    def with_spec(self, spec: GeneratorSpec) -> Generator:
        """Return the same generator with another description of itself."""
        return Generator(spec, self._engine)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a model folder, all that `seqtag.load` needs.

        An older model in the folder is replaced.

        Raises:
            ConfigError: The folder holds something else.
            DataError: A file cannot be written.
        """
        save_files(Path(path), self.spec, self._engine.weights())

    @property
    def writes(self) -> bool:
        """Whether it reads forwards, and so can write."""
        return self.spec.language_model.direction != "backward"

    def check_writes(self) -> None:
        """Refuse to go on with a text where the model reads backwards.

        Raises:
            ConfigError: It does.
        """
        if not self.writes:
            raise ConfigError(
                "this model reads texts from their end, so that it writes none: train one with "
                "language_model.direction=forward or both"
            )

    def generate(
        self,
        prompt: str = "",
        *,
        seed: int | None = None,
        stop: str | Sequence[str] = (),
        whole_words: bool = False,
        **sampling: Any,  # noqa: ANN401 - values of keys of many types
    ) -> str:
        """Go on with a text.

        Args:
            prompt: What the text begins with. Its last line is gone on with; a space at its end
                says that a new word comes. Words that the model does not know are read as unknown.
            seed: Of the random choices; the same seed gives the same text. None for another text
                each time.
            stop: One or more strings, of which the first that comes ends the text, and is no part
                of it.
            whole_words: Whether the prompt's last word is complete, so that a new word or a sign
                follows, as in `next_words`. The last word that is written is then completed, too,
                beyond ``max_tokens``; not by a beam.
            **sampling: Other keys of the section ``sampling`` of the configuration than those that
                the model records, such as ``max_tokens=30``, ``temperature=0.8``, ``top_k=40``,
                ``top_p=0.95``, ``min_p=0.05``, ``repetition_penalty=1.2`` or ``beam=4``.

        Returns:
            What comes behind the prompt; where a space belongs between them, it begins with it.

        Raises:
            ConfigError: A key is unknown or a value out of its range, or the model reads backwards.
            TypeError: The prompt is no string.
        """
        pieces = self.stream(prompt, seed=seed, stop=stop, whole_words=whole_words, **sampling)
        return "".join(pieces)

    def generate_many(
        self,
        prompts: Iterable[str],
        *,
        seed: int | Sequence[int] | None = None,
        stop: str | Sequence[str] = (),
        whole_words: bool = False,
        **sampling: Any,  # noqa: ANN401 - as for `generate`
    ) -> list[str]:
        """Go on with several texts at once; as `generate`, which says the same of each.

        Args:
            prompts: What each text begins with.
            seed: One for all, or one for each.
            stop: As for `generate`.
            whole_words: As for `generate`.
            **sampling: As for `generate`.

        Raises:
            ConfigError: As for `generate`, or there are more or fewer seeds than prompts.
            TypeError: The prompts are no strings, or a single one.
        """
        prompts = _check_prompts(prompts)
        texts = ["" for _ in prompts]
        for row, piece in self._write(prompts, seed, stop, sampling, whole_words=whole_words):
            texts[row] += piece
        return texts

    def stream(
        self,
        prompt: str = "",
        *,
        seed: int | None = None,
        stop: str | Sequence[str] = (),
        whole_words: bool = False,
        **sampling: Any,  # noqa: ANN401 - as for `generate`
    ) -> Iterator[str]:
        """Go on with a text, and yield each piece of it as soon as it is certain.

        The pieces, joined, are what `generate` returns. The arguments are its.
        """
        prompts = _check_prompts([prompt])
        written = self._write(prompts, seed, stop, sampling, whole_words=whole_words)
        return (piece for _, piece in written)

    def best_texts(
        self,
        prompt: str = "",
        k: int = 1,
        *,
        stop: str | Sequence[str] = (),
        **sampling: Any,  # noqa: ANN401 - as for `generate`
    ) -> list[str]:
        """Return the most probable ways to go on with a text to the end of its line.

        Args:
            prompt: As for `generate`. Of a new line at its end no empty line is made.
            k: How many are wanted.
            stop: As for `generate`.
            **sampling: As for `generate`; ``beam`` is to be ``k`` or more.

        Returns:
            The texts, best first, all different: at least one, and at most ``k``.

        Raises:
            ConfigError: As for `generate`, or ``k`` is less than 1 or more than the beam is wide.
            TypeError: The prompt is no string.
        """
        self.check_writes()
        settings = self.sampling_settings(**sampling)
        _check_count(k)
        if k > settings.beam:
            raise ConfigError(
                f"{k} texts are wanted of a beam of {settings.beam}, which finds no more than it "
                "is wide: give sampling.beam a higher value"
            )
        (texts,) = self._search(_check_prompts([prompt]), settings, _stops(stop), k)
        return texts

    def next_words(self, prompt: str = "", k: int = 5) -> list[tuple[str, float]]:
        r"""Return the most probable next words, each with its probability.

        A word is letters and digits, with apostrophes between them; it ends where a space, another
        sign or the end of the line comes. All ways to go on are followed that can still be among
        the best.

        Args:
            prompt: What stands before; its last word is taken for complete.
            k: How many are wanted.

        Returns:
            The words, best first; a new line is ``"\n"``.

        Raises:
            ConfigError: ``k`` is less than 1, or the model reads backwards.
            TypeError: The prompt is no string.
        """
        self.check_writes()
        _check_count(k)
        (prompt,) = _check_prompts([prompt])
        (read,) = self._read([prompt])
        numbers = _behind_end(read)
        states = self._engine.begin([numbers[:-1]])
        return next_words(self._engine, states, numbers[-1:], self.spec.units, read, k)

    def perplexity(self, text: str | Iterable[str]) -> float:
        """Return the perplexity of a text for each of its tokens.

        A token is what stands between white space, or the end of a line.

        Args:
            text: As for `score`.

        Raises:
            DataError, TypeError: As for `score`.
        """
        return float(self.score(text)["perplexity"])

    def score(self, text: str | Iterable[str]) -> dict[str, Any]:
        """Return how well a text is foreseen, its state carried from the first unit to the last.

        Args:
            text: The text, or its lines.

        Returns:
            As `seqtag.training.language_model.score_stream` tells, and how much there is:
            ``lines``, ``tokens``, ``characters`` and ``units``.

        Raises:
            DataError: There is nothing in the text but white space.
            TypeError: It is neither a string nor lines that are strings.
        """
        from seqtag.io.arrays import map_rows
        from seqtag.training.language_model import score_stream
        from seqtag.training.streams import encode_text

        spec = self.spec
        stream = encode_text(_lines(text), spec.units, spec.spelling, self._clean, map_rows)
        scores = score_stream(self._engine.model, stream, self._engine.device)
        sizes = {name: getattr(stream, name) for name in ("lines", "tokens", "characters")}
        return {**scores, **sizes, "units": len(stream.numbers)}

    def sampling_settings(self, **sampling: Any) -> SamplingConfig:  # noqa: ANN401 - as for `generate`
        """Return how to write: as the model records, but for what is given and not None.

        Raises:
            ConfigError: A key is unknown or a value out of its range.
        """
        values = to_mapping(self.spec.sampling)
        values |= {name: value for name, value in sampling.items() if value is not None}
        return from_mapping(SamplingConfig, values, "sampling.")

    def _write(
        self,
        prompts: Sequence[str],
        seed: int | Sequence[int] | None,
        stop: str | Sequence[str],
        sampling: dict[str, Any],
        *,
        whole_words: bool = False,
    ) -> Iterator[tuple[int, str]]:
        """Yield pieces of texts, each with its prompt's number, as they become certain."""
        self.check_writes()
        settings = self.sampling_settings(**sampling)
        seeds = _seeds(seed, len(prompts))
        stops = _stops(stop)
        if settings.beam > 1:
            found = self._search(prompts, settings, stops, 1, whole_words=whole_words)
            return ((row, text) for row, (text,) in enumerate(found))
        held = [StopStrings(stops) for _ in prompts]
        return self._draw(prompts, settings, seeds, held, whole_words=whole_words)

    def _search(
        self,
        prompts: Sequence[str],
        settings: SamplingConfig,
        stops: Sequence[str],
        count: int,
        *,
        whole_words: bool = False,
    ) -> list[list[str]]:
        """Return the most probable texts behind each prompt, to the end of its line."""
        if not prompts:
            return []
        read = self._read(prompts)
        begun = self._begin(read, whole_words=whole_words, is_line=True)
        found = best_continuations(self._engine, begun, settings, end=END, nbest=count)
        texts = []
        for prompt, best in zip(prompts, found, strict=True):
            # Those that differ behind a stop string are the same.
            own = {self._written(prompt, each.numbers, stops): None for each in best}
            texts.append(list(own))
        return texts

    def _read(self, prompts: Sequence[str]) -> list[Prompt]:
        """Return prompts in units, cleaned as the text was that the model has learnt."""
        return [read_prompt(self.spec.units, prompt, self._clean) for prompt in prompts]

    def _written(self, prompt: str, numbers: Sequence[int], stops: Sequence[str]) -> str:
        """Return units as the text behind a prompt, up to a stop string."""
        pieces, held = Pieces(self.spec.units, prompt), StopStrings(stops)
        shown, _ = held.add("".join(map(pieces.add, numbers)))
        return shown + held.rest()

    def _draw(
        self,
        prompts: Sequence[str],
        settings: SamplingConfig,
        seeds: Sequence[int],
        held: Sequence[StopStrings],
        *,
        whole_words: bool,
    ) -> Iterator[tuple[int, str]]:
        read = self._read(prompts)
        if not read:
            return
        units, ends = self.spec.units, WordEnds(self.spec.units)
        pieces = [Pieces(units, prompt) for prompt in prompts]
        most = settings.max_tokens
        if whole_words:
            settings = replace(settings, max_tokens=most + MOST_UNITS)
        begun = self._begin(read, whole_words=whole_words)
        sampler = Sampler(self._engine, begun, settings, seeds=seeds)
        over: set[int] = set()
        written = ["" for _ in read]  # the end of each text
        waiting = ["" for _ in read]
        for place, step in enumerate(sampler):
            for row, number in zip(step.rows.tolist(), step.numbers.tolist(), strict=True):
                if place >= most and not ends.goes_on(written[row])[number]:
                    sampler.stop(row)  # its last word is complete
                    continue
                written[row] = (written[row] + (units.written(number) or LINE_END))[-2:]
                piece = waiting[row] + pieces[row].add(number)
                # Beyond its length, a text has an apostrophe only if a letter comes behind it.
                waiting[row] = piece if place >= most and ends.apostrophes[number] else ""
                if waiting[row]:
                    continue
                shown, is_over = held[row].add(piece)
                if shown:
                    yield row, shown
                if is_over:
                    sampler.stop(row)
                    over.add(row)
        for row in range(len(read)):
            if row not in over and (rest := held[row].rest()):
                yield row, rest

    def _begin(
        self, read: Sequence[Prompt], *, whole_words: bool, is_line: bool = False
    ) -> Prompts[Any]:
        """Return what the network has read of some prompts, and what it may write behind them.

        Args:
            read: The prompts.
            whole_words: Whether their last words are complete.
            is_line: Whether a line is wanted, which has to hold something where it begins.
        """
        texts = [_behind_end(prompt) for prompt in read]
        allowed = np.ones((len(read), len(self._starts)), dtype=np.bool_)
        for row, prompt in enumerate(read):
            if whole_words:
                allowed[row] = follows_word(self.spec.units, prompt)
            elif prompt.ends_in_space:
                allowed[row] = self._starts
            if is_line and texts[row][-1] == END:
                allowed[row, END] = False
        return Prompts(
            states=self._engine.begin([text[:-1] for text in texts]),
            tokens=np.array([text[-1] for text in texts], dtype=np.int64),
            histories=[prompt.numbers for prompt in read],
            never=NEVER_WRITTEN,
            allowed=None if allowed.all() else allowed,
        )


def _behind_end(prompt: Prompt) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return what is read before the first unit is written: the end of what was before, and all."""
    return np.array([END, *prompt.numbers], dtype=np.int64)


def check_seed(seed: object) -> int:
    """Return a seed as a number.

    Raises:
        ConfigError: It is none.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ConfigError(f"seed is {seed!r}: give a whole number, 0 or more")
    return int(seed)


def _seeds(seed: int | Sequence[int] | None, count: int) -> list[int]:
    """Return a seed for each of some texts.

    Raises:
        ConfigError: One is no seed, or there are more or fewer than texts.
    """
    if seed is None:
        return [secrets.randbits(63) for _ in range(count)]
    if isinstance(seed, str) or not isinstance(seed, Iterable):
        return [check_seed(seed)] * count
    seeds = [check_seed(each) for each in seed]
    if len(seeds) != count:
        raise ConfigError(f"there are {len(seeds)} seeds for {count} prompts: give one for each")
    return seeds


def _check_count(k: object) -> None:
    """Refuse what is no number of things that can be wanted.

    Raises:
        ConfigError: It is none.
    """
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or not 1 <= k <= MOST_WANTED:
        raise ConfigError(f"k is {k!r}: give a whole number from 1 to {MOST_WANTED:,}")


def _stops(stop: str | Sequence[str]) -> list[str]:
    """Return stop strings as a list.

    Raises:
        ConfigError: One is no string.
    """
    stops = [stop] if isinstance(stop, str) or not isinstance(stop, Iterable) else list(stop)
    for each in stops:
        if not isinstance(each, str):
            raise ConfigError(f"stop is {stop!r}: give a string or a list of strings")
    return stops


def _check_prompts(prompts: Iterable[str]) -> list[str]:
    """Return prompts as a list.

    Raises:
        TypeError: One is no string, or all of them are a single one.
    """
    if isinstance(prompts, str) or not isinstance(prompts, Iterable):
        raise TypeError(f"the prompts are {prompts!r}: give a list of strings")
    prompts = list(prompts)
    for prompt in prompts:
        if not isinstance(prompt, str):
            raise TypeError(f"a prompt is {prompt!r}: give a string")
    return prompts


def _lines(text: str | Iterable[str]) -> Iterator[str]:
    """Yield the lines of a text.

    Raises:
        DataError: There is nothing in them.
        TypeError: One is no string.
    """
    if isinstance(text, bytes | bytearray):
        raise TypeError(f"the text is {text[:40]!r}: give a string or its lines")
    if isinstance(text, str):
        text = text.removesuffix("\n").split("\n")
    elif not isinstance(text, Iterable):
        raise TypeError(f"the text is {text!r}: give a string or its lines")
    is_empty = True
    for line in text:
        if not isinstance(line, str):
            raise TypeError(f"a line is {line!r}: give a string")
        is_empty = is_empty and not line.strip()
        yield line
    if is_empty:
        raise DataError("there is no text to be scored: give one that holds a word")
