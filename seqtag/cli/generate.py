"""``seqtag generate``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import signal
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from seqtag.api.generator import Generator, check_seed
from seqtag.api.load import load_generator
from seqtag.api.plain_text import read_prompts
from seqtag.config import RunConfig, SamplingConfig
from seqtag.errors import ConfigError, DataError, SeqtagError

CANDIDATES = 5
"""Next words that the interactive mode shows."""

RULER = "---"
"""The line between two answers."""

_HELP = """\
Type whole words and see them gone on with. An empty line goes on further.
  /new          begins anew
  /KEY VALUE    changes how it is written: /temperature 0.7, /top_k 40, /seed 3
  /next K       shows K candidates for the next word; 0: none
  /keys         tells all keys and their values
  /quit         ends (so does Ctrl-D; Ctrl-C ends a text that is being written)
"""


def run(options: argparse.Namespace) -> int:
    """Write texts, or tell the next words, to standard output."""
    names = [field.name for field in dataclasses.fields(SamplingConfig)]
    given = {name: getattr(options, name, None) for name in names}
    _check_meaning(options, given)
    threads = RunConfig().threads
    generator = load_generator(options.run, threads=threads, device=options.device)
    generator.check_writes()
    settings = dataclasses.asdict(generator.sampling_settings(**given))
    if options.interactive:
        return _Conversation(generator, settings, options).run()
    for number, answer in enumerate(_answers(generator, settings, options)):
        if number and options.output == "text":
            print(RULER, flush=True)
        for piece in answer:
            print(piece, end="", flush=True)
    return 0


def _check_meaning(options: argparse.Namespace, sampling: dict[str, Any]) -> None:
    """Refuse what has no meaning where somebody types, or where no text is written."""
    refused = ["--samples"] * (options.samples > 1)
    if options.interactive:
        mode = "--interactive"
        refused += ["a file of prompts"] * (options.file is not None)
        refused += [f"--output {options.output}"] * (options.output != "text")
        refused += ["a second --prompt"] * (len(options.prompt or ()) > 1)
    elif options.next is not None:
        mode = "--next"
        refused += ["--stop"] * (options.stop is not None)
        refused += ["--seed"] * (options.seed is not None)
        given = [key for key, value in sampling.items() if value is not None]
        refused += [f"--{key.replace('_', '-')}" for key in given]
    else:
        return
    if refused:
        raise ConfigError(f"{refused[0]} has no meaning with {mode}: leave one of the two out")


def _answers(
    generator: Generator, settings: dict[str, Any], options: argparse.Namespace
) -> Iterator[Iterable[str]]:
    """Yield what is printed for the prompts, each answer in pieces that come as they are known."""
    for prompt in _prompts(options):
        if options.next is not None:
            yield _next_words(generator, prompt, options)
            continue
        for pieces, seed in _texts(generator, prompt, settings, options):
            yield _text(prompt, pieces, seed, options)


def _prompts(options: argparse.Namespace) -> Iterator[str]:
    """Yield what texts begin with: the options, or the lines of the file or the pipe."""
    if options.prompt is not None:
        if options.file is not None:
            raise ConfigError("--prompt and a file of prompts are both given: give one of them")
        yield from options.prompt
    elif options.file is not None:
        yield from read_prompts(options.file)
    else:
        is_piped = sys.stdin is not None and not sys.stdin.isatty()
        piped = read_prompts("-") if is_piped else iter(())
        yield next(piped, "")  # where nothing comes, a text begins
        yield from piped


def _texts(
    generator: Generator, prompt: str, settings: dict[str, Any], options: argparse.Namespace
) -> Iterator[tuple[Iterable[str], int | None]]:
    """Yield the pieces of each text behind a prompt, and its seed, if it has one."""
    stop = options.stop or ()
    if settings["beam"] > 1:
        for text in generator.best_texts(prompt, options.samples, stop=stop, **settings):
            yield [text], None
        return
    for number in range(options.samples):
        seed = None if options.seed is None else options.seed + number
        yield generator.stream(prompt, seed=seed, stop=stop, **settings), seed


def _text(
    prompt: str, pieces: Iterable[str], seed: int | None, options: argparse.Namespace
) -> Iterator[str]:
    """Yield a text, each piece as soon as it is there."""
    if options.output == "jsonl":
        yield _json_line({"prompt": prompt, "text": "".join(pieces), "seed": seed})
        return
    yield prompt
    yield from pieces
    yield "\n"


def _next_words(generator: Generator, prompt: str, options: argparse.Namespace) -> Iterator[str]:
    """Yield the candidates for the next word."""
    words = generator.next_words(prompt, options.next)
    if options.output == "jsonl":
        yield _json_line({"prompt": prompt, "next": [[word, round(p, 6)] for word, p in words]})
        return
    for word, probability in words:
        yield f"{_shown(word)}\t{probability:.6f}\n"


def _json_line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False) + "\n"


def _shown(word: str) -> str:
    return "\\n" if word == "\n" else word


class _Conversation:
    """The interactive mode: a prompt goes in, its continuation and the candidates come out.

    Args:
        generator: The generator.
        settings: How texts are written.
        options: The command line.
    """

    def __init__(
        self, generator: Generator, settings: dict[str, Any], options: argparse.Namespace
    ) -> None:
        self._generator = generator
        self._settings: dict[str, Any] = {**settings, "seed": options.seed}
        self._stop = options.stop or ()
        self._candidates = CANDIDATES if options.next is None else options.next
        self._prompt = options.prompt[0] if options.prompt else None
        self._text = ""
        self._is_terminal = sys.stdin is not None and sys.stdin.isatty()

    def run(self) -> int:
        """Talk until the input ends.

        Raises:
            KeyboardInterrupt: Ctrl-C, where no text is being written that it could end.
        """
        # Let it raise here, where all is loaded; readline has to leave the terminal as it was.
        former = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return self._talk()
        finally:
            signal.signal(signal.SIGINT, former)

    def _talk(self) -> int:
        if self._is_terminal:
            import contextlib

            with contextlib.suppress(ImportError):  # edits and remembers lines, where it is there
                import readline  # noqa: F401
            print(_HELP, file=sys.stderr)
        if self._prompt is not None:
            self._answer(self._prompt)
        while True:
            try:
                line = input("> " if self._is_terminal else "")
            except UnicodeDecodeError as error:
                raise DataError(
                    f"byte 0x{error.object[error.start]:02x} is not UTF-8; type or send UTF-8",
                    path="<stdin>",
                ) from error
            except (EOFError, KeyboardInterrupt) as end:
                if self._is_terminal:
                    print()  # what comes next has a line of its own
                if isinstance(end, EOFError):
                    return 0
                raise
            if not self._answer(line):
                return 0

    def _answer(self, line: str) -> bool:
        """Do what a line says; return whether to go on."""
        try:
            if line.startswith("/"):
                return self._command(line[1:])
            self._go_on(line)
        except SeqtagError as error:
            print(f"error: {error}", file=sys.stderr)
        except KeyboardInterrupt:
            print("\n", flush=True)
        return True

    def _go_on(self, line: str) -> None:
        """Show the candidates and go on with what was typed, or with the text so far."""
        if line:
            self._text = line
        if self._candidates:
            words = self._generator.next_words(self._text, self._candidates)
            shown = "   ".join(f"{_shown(word)} {probability:.1%}" for word, probability in words)
            print(self._dim(f"next: {shown}"), flush=True)
        settings = dict(self._settings)
        seed = settings.pop("seed")
        if seed is not None:
            self._settings["seed"] = seed + 1  # each text has numbers of its own
        print(self._bold(self._text), end="", flush=True)
        before = self._text
        for piece in self._generator.stream(
            before, seed=seed, stop=self._stop, whole_words=True, **settings
        ):
            self._text += piece
            print(piece, end="", flush=True)
        print("\n", flush=True)
        if self._text == before and settings["beam"] > 1:
            self._text += "\n"  # the line has ended, and the next one begins

    def _command(self, text: str) -> bool:
        """Do what a line with a slash says; return whether to go on."""
        name, _, value = text.strip().partition(" ")
        name = name.replace("-", "_")
        if name in ("quit", "q", "exit"):
            return False
        if name == "new":
            self._text = ""
        elif name == "keys":
            for key, known in self._settings.items():
                print(f"{key} {known}")
        elif name == "next" and value.isdecimal():
            self._candidates = int(value)
        elif name in self._settings and value:
            self._set(name, value)
        else:
            print(_HELP, file=sys.stderr)
        return True

    def _set(self, name: str, value: str) -> None:
        from seqtag.config import parse_value

        parsed = parse_value(value)
        if name == "seed":
            check_seed(parsed)
        else:
            self._generator.sampling_settings(**{name: parsed})
        self._settings[name] = parsed

    def _bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() else text

    def _dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if sys.stdout.isatty() else text
