"""The program ``seqtag``: its arguments, and what becomes of errors.

Commands are imported when they are run, so that ``seqtag --help`` answers at once.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import importlib
import io
import itertools
import logging
import os
import re
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from seqtag import __version__
from seqtag.config import TASK_FORMATS, all_keys
from seqtag.errors import SeqtagError

DONE, WRONG_INPUT, INTERRUPTED = 0, 2, 130

# Where only exported models are run, these need not be there.
_LIBRARIES = (
    *("pooch", "requests", "sacrebleu", "safetensors", "seqeval"),
    *("spacy", "tokenizers", "tomli_w", "torch", "tqdm"),
)


class _Parser(argparse.ArgumentParser):
    """Reports wrong arguments like all other wrong input: in one line."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        self.exit(WRONG_INPUT, f"error: {message}; see `{self.prog} --help`\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program.

    Args:
        arguments: The words of the command line behind the program's name; None for the process's.

    Returns:
        The exit status: 0 done, 2 wrong input, 130 interrupted. A defect of seqtag raises.
    """
    started = time.perf_counter()
    options = _parse(arguments)
    options.started = started
    logging.basicConfig(format="%(message)s", stream=sys.stderr, level=logging.WARNING)
    logging.getLogger("seqtag").setLevel(logging.INFO)
    if sys.stdout is None:
        return _fail("<stdout>: it is closed; give it a place")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What the terminal's encoding lacks is shown as an escape, rather than not at all.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with _ending_at_interrupts():
            command = importlib.import_module(f"seqtag.cli.{options.command}")
            status: int = command.run(options)
            sys.stdout.flush()
    except SeqtagError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        if error.name not in _LIBRARIES:
            raise
        library = error.name.replace("_", "-")
        return _fail(
            f"`seqtag {options.command}` needs the {library} library, which is not installed: "
            f"pip install {library}, or install seqtag with all that it needs"
        )
    except BrokenPipeError:
        # The reader of our output has what it wants.
        _drop_output()
        return DONE
    except OSError as error:
        if error.errno is None:
            raise
        if error.filename is None:
            _drop_output()
            return _fail(f"<stdout>: cannot be written: {error.strerror}; give another place")
        return _fail(f"{error.filename}: {error.strerror}; give another path")
    except KeyboardInterrupt:  # the second one to a training
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return status


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line, options and files in any order.

    argparse takes an optional file for missing when an option comes before it (in Python 3.11).
    """
    parser = make_parser()
    options, rest = parser.parse_known_args(arguments)
    places = {"train": ["config"], "report": ["other", "file"]}
    places |= {command: ["file"] for command in ("tag", "classify", "translate", "generate")}
    for place in places.get(options.command, []):
        if rest and getattr(options, place) is None and _is_file(rest[0]):
            setattr(options, place, rest.pop(0))
    while options.command == "lint" and rest and _is_file(rest[0]):
        options.files.append(rest.pop(0))
    if rest:
        parser.prog += f" {options.command}"
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return options


def _is_file(word: str) -> bool:
    """Tell whether a word is a file's name or standard input, and no option."""
    return word == "-" or not word.startswith("-")


@contextlib.contextmanager
def _ending_at_interrupts() -> Iterator[None]:
    """Let Ctrl-C end the program where it is, unless the command takes it for something else.

    No exception is raised, since some libraries crash when one comes while they are imported.
    """

    def end(*_: object) -> None:
        os.write(2, b"interrupted\n")
        os._exit(INTERRUPTED)

    former = signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def _drop_output() -> None:
    """Forget what could not be written, so that the interpreter does not try again at its end."""
    with contextlib.suppress(OSError):  # not a file, but what a test has put in its place
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str) -> int:
    """Report wrong input in one line."""
    print("error: " + " ".join(message.split("\n")), file=sys.stderr)
    return WRONG_INPUT


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = _Parser(
        prog="seqtag",
        description="Train, evaluate and use taggers, classifiers, translators and generators.",
    )
    parser.add_argument("--version", action="version", version=f"seqtag {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_train(commands)
    _add_evaluate(commands)
    _add_report(commands)
    _add_tag(commands)
    _add_classify(commands)
    _add_translate(commands)
    _add_generate(commands)
    info = commands.add_parser("info", help="tell what a model is", description="Describe a model.")
    info.add_argument("run", metavar="RUN", help="folder of a run or a model")
    _add_export(commands)
    _add_corpora(commands)
    _add_lint(commands)
    return parser


_COLUMNS_HELP = (
    "which columns hold tokens and tags: token=0,tag=3 (tag=-1 is the last), or for CoNLL-U "
    "token=FORM,tag=UPOS; several tags at once: tag=UPOS+XPOS; further features: feature=1+2"
)

_TEXT_COLUMNS_HELP = (
    "for labelled texts text=0,label=1 (the default), or by their names text=review,label=stars"
)


def _add_train(commands: argparse._SubParsersAction[_Parser]) -> None:
    keys = "\n".join(
        f"  {name}={_shown(field.default)}  {field.metadata['meaning']}{_choices(field)}"
        for name, field in all_keys().items()
    )
    train = commands.add_parser(
        "train",
        help="train a model on annotated files",
        description="Train a model. Every option has a default; those not listed here are keys.",
        epilog="keys for --set and CONFIG.toml, with the defaults of taggers (RUN/config.toml "
        f"tells those of others):\n{keys}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.add_argument("config", nargs="?", metavar="CONFIG.toml", help="configuration file")
    train.add_argument(
        "--task", help="what is learnt: tag (the default), classify, translate or generate"
    )
    train.add_argument("--train", metavar="F", help="training file, or corpus:NAME")
    train.add_argument("--dev", metavar="F", help="development file; without it, a part of train")
    train.add_argument("--test", metavar="F", help="test file, scored once at the end")
    train.add_argument("--columns", metavar="SPEC", help=f"{_COLUMNS_HELP}; {_TEXT_COLUMNS_HELP}")
    _add_sides(train)
    train.add_argument(
        "--direction", metavar="D", help="which way a generator reads: forward, backward or both"
    )
    train.add_argument("-o", "--output", metavar="RUN", required=True, help="folder of the run")
    train.add_argument(
        "--set",
        metavar="KEY=VALUE",
        nargs="+",
        action="extend",
        default=[],
        dest="settings",
        help="set keys of the configuration",
    )
    train.add_argument("--seeds", metavar="N,N,...", help="train one run a seed and compare them")
    train.add_argument("--resume", action="store_true", help="continue the run in RUN")
    train.add_argument("--force", action="store_true", help="replace the run in RUN")
    train.add_argument("--init", metavar="RUN", help="start from the weights of another run")
    train.add_argument("--device", metavar="D", help="torch device, such as cpu or cuda")
    train.add_argument("--threads", metavar="N", type=int, help="CPU threads")


def _add_sides(parser: _Parser) -> None:
    parser.add_argument(
        "--source",
        metavar="S",
        help="what is translated: en for F.en of two files, or a column of TSV or a key of JSON",
    )
    parser.add_argument("--target", metavar="T", help="what it is translated to, likewise")


def _choices(field: dataclasses.Field[Any]) -> str:
    """Return the values that a key may take where there are few."""
    choices = re.findall("'(.+?)'", str(field.type))
    choices += ["true", "false"] if choices and "bool" in str(field.type) else []
    return f" ({', '.join(choices)})" if choices else ""


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _add_evaluate(commands: argparse._SubParsersAction[_Parser]) -> None:
    evaluate = commands.add_parser(
        "evaluate", help="score a model on a file", description="Score a model."
    )
    evaluate.add_argument("run", metavar="RUN", help="folder of a run or a model")
    evaluate.add_argument(
        "file",
        metavar="FILE",
        help="annotated file, or a text for a language model; - for standard input",
    )
    evaluate.add_argument(
        "--input",
        choices=["text"],
        help="text: FILE is plain text for a language model, whatever its name says",
    )
    evaluate.add_argument(
        "--columns", metavar="SPEC", help=f"{_COLUMNS_HELP}; {_TEXT_COLUMNS_HELP}"
    )
    evaluate.add_argument("--json", action="store_true", help="print all scores as JSON")
    evaluate.add_argument("--report", metavar="PAGE", help="write a page about it, HTML")
    _add_engine(evaluate)


def _add_report(commands: argparse._SubParsersAction[_Parser]) -> None:
    report = commands.add_parser(
        "report",
        help="compare two runs, or make a run's page anew",
        description="Compare two runs on a file: scores, significance, and where they differ. "
        "With one run, make its page anew, RUN/report.html.",
    )
    report.add_argument("run", metavar="RUN1", help="folder of a run or a model")
    report.add_argument("other", metavar="RUN2", nargs="?", help="another one, to compare with")
    report.add_argument(
        "file", metavar="FILE", nargs="?", help="annotated file; default: RUN1's test or dev file"
    )
    report.add_argument("--columns", metavar="SPEC", help=_COLUMNS_HELP)
    report.add_argument("-o", "--output", metavar="PAGE", help="write a page about it, HTML")
    report.add_argument("--json", action="store_true", help="print the comparison as JSON")


def _add_tag(commands: argparse._SubParsersAction[_Parser]) -> None:
    tag = commands.add_parser(
        "tag",
        help="tag a file or a pipe",
        description="Tag a file or a pipe. Every line of a CoNLL or CoNLL-U file is kept as it is, "
        "its tag column replaced or added.",
    )
    tag.add_argument("run", metavar="RUN", help="folder of a run or a model")
    tag.add_argument("file", metavar="FILE", nargs="?", help="default: standard input")
    tag.add_argument("--columns", metavar="SPEC", help=_COLUMNS_HELP)
    tag.add_argument(
        "--input",
        choices=["conll", "conllu", "tokens", "text"],
        help="tokens: a sentence a line, split at spaces; text: raw text; default: by FILE's name, "
        "conll for standard input",
    )
    tag.add_argument("--output", choices=["conll", "conllu", "jsonl"], help="default: as the input")
    tag.add_argument("--nbest", type=_count, default=0, metavar="N", help="best sequences (jsonl)")
    tag.add_argument("--confidence", action="store_true", help="add each tag's probability")
    _add_engine(tag)


def _add_classify(commands: argparse._SubParsersAction[_Parser]) -> None:
    classify = commands.add_parser(
        "classify",
        help="label texts of a file or a pipe",
        description="Label texts: a text a line, or the texts of a .tsv, .csv, .jsonl or .ft file, "
        "or of a folder.",
    )
    classify.add_argument("run", metavar="RUN", help="folder of a run or a model")
    classify.add_argument("file", metavar="FILE", nargs="?", help="default: standard input")
    classify.add_argument("--columns", metavar="SPEC", help=f"{_TEXT_COLUMNS_HELP}")
    classify.add_argument(
        "--input",
        choices=["text", "tsv", "csv", "jsonl", "fasttext", "folder"],
        help="default: by FILE's name, text for standard input",
    )
    classify.add_argument(
        "--output", choices=["tsv", "jsonl"], help="default: tsv, which is text, label, probability"
    )
    classify.add_argument(
        "--explain", action="store_true", help="show each text with its tokens coloured by weight"
    )
    _add_engine(classify)


def _add_translate(commands: argparse._SubParsersAction[_Parser]) -> None:
    translate = commands.add_parser(
        "translate",
        help="translate a file or a pipe",
        description="Translate a text a line: as many lines come out as go in.",
    )
    translate.add_argument("run", metavar="RUN", help="folder of a run or a model")
    translate.add_argument("file", metavar="FILE", nargs="?", help="default: standard input")
    translate.add_argument("--beam", type=_count, metavar="N", help="hypotheses followed")
    translate.add_argument(
        "--nbest", type=_count, default=1, metavar="N", help="translations of each text (jsonl)"
    )
    translate.add_argument(
        "--output", choices=["text", "jsonl"], default="text", help="default: text"
    )
    translate.add_argument(
        "--plot", metavar="FILE", help="draw the attention: .svg, .png, or .html for all on a page"
    )
    translate.add_argument(
        "--ensemble", metavar="RUN", nargs="+", help="further runs of the same units to ask, too"
    )
    for name, kind, what in (
        ("length-penalty", float, "strength of the reward for length"),
        ("coverage-penalty", float, "strength of the penalty for source not attended to"),
        ("pruning", float, "hypotheses whose log-probability is so far below the best are dropped"),
        ("no-repeat-ngram", int, "units of the n-grams that are written once at most"),
        ("min-length", int, "units written at least"),
        ("max-length", int, "units written at most"),
    ):
        translate.add_argument(f"--{name}", type=kind, metavar="N", help=what)
    translate.add_argument(
        "--long", choices=["split", "refuse"], help="what is done with texts that are too long"
    )
    translate.add_argument("--device", metavar="D", default="cpu", help="torch device")


def _add_generate(commands: argparse._SubParsersAction[_Parser]) -> None:
    generate = commands.add_parser(
        "generate",
        help="go on with a text, or tell its next word",
        description="Go on with a text, or tell the most probable next words.",
    )
    generate.add_argument("run", metavar="RUN", help="folder of a run or a model")
    generate.add_argument(
        "file", metavar="FILE", nargs="?", help="prompts, one a line; default: standard input"
    )
    generate.add_argument(
        "--prompt",
        action="append",
        metavar="TEXT",
        help="what the text begins with; may be given several times",
    )
    for name, kind, what in (
        ("max-tokens", int, "units written at most"),
        ("temperature", float, "below 1: likely units more often; 0: the likeliest each time"),
        ("top-k", int, "only so many of the likeliest units"),
        ("top-p", float, "only the likeliest units that together have this probability"),
        ("min-p", float, "only units at least this share as likely as the likeliest"),
        ("repetition-penalty", float, "above 1: units that were there are rarer"),
        ("no-repeat-ngram", int, "units of the n-grams that are written once at most"),
        ("beam", int, "hypotheses of a search for the most probable line; 1: it is drawn"),
        ("length-penalty", float, "strength of the search's reward for length"),
    ):
        generate.add_argument(f"--{name}", type=kind, metavar="N", help=what)
    generate.add_argument(
        "--stop", metavar="TEXT", action="append", help="text that ends it; may come several times"
    )
    generate.add_argument("--seed", type=int, metavar="S", help="of the random choices")
    generate.add_argument(
        "--samples", type=_count, default=1, metavar="N", help="texts for each prompt"
    )
    generate.add_argument(
        "--next", type=_count, metavar="K", help="tell the K most probable next words instead"
    )
    generate.add_argument(
        "--interactive", action="store_true", help="type, see it written, see what may come next"
    )
    generate.add_argument(
        "--output", choices=["text", "jsonl"], default="text", help="default: text"
    )
    generate.add_argument("--device", metavar="D", default="cpu", help="torch device")


def _add_engine(parser: _Parser) -> None:
    parser.add_argument(
        "--engine", default="torch", metavar="E", help="torch, or onnx for an exported model"
    )
    parser.add_argument(
        "--precision", default="fp32", metavar="P", help="with onnx: fp32 or int8, as exported"
    )


def _add_export(commands: argparse._SubParsersAction[_Parser]) -> None:
    export = commands.add_parser(
        "export",
        help="write a model's network for use without torch",
        description="Write a model's network into its folder, RUN/model/model.onnx or "
        "model.int8.onnx, for `seqtag tag RUN --engine onnx`.",
    )
    export.add_argument("run", metavar="RUN", help="folder of a run or a model")
    export.add_argument("--format", metavar="F", default="onnx", help="onnx, the default")
    export.add_argument(
        "--int8", action="store_true", help="in whole numbers of eight bits: faster and smaller"
    )


def _add_corpora(commands: argparse._SubParsersAction[_Parser]) -> None:
    corpora = commands.add_parser(
        "corpora",
        help="list and fetch public corpora",
        description="List public corpora, and fetch them. --train corpus:NAME trains on one.",
    )
    actions = corpora.add_subparsers(dest="action", required=True, metavar="list|get")
    show = actions.add_parser("list", help="list all corpora, or tell all about one")
    show.add_argument("name", metavar="NAME", nargs="?", help="the corpus to tell all about")
    get = actions.add_parser("get", help="fetch a corpus")
    get.add_argument("name", metavar="NAME", help="a name that `seqtag corpora list` gives")
    get.add_argument(
        "-o", "--output", metavar="FOLDER", help="where to put its files; default: a cache"
    )


def _add_lint(commands: argparse._SubParsersAction[_Parser]) -> None:
    lint = commands.add_parser(
        "lint",
        help="look for faults in annotated files, labelled texts, parallel text and plain text",
        description="Count what annotated files, labelled texts, parallel text or plain text hold, "
        "and list what is wrong in them by line. The exit status is 0 where there is no problem "
        "and 2 where there is one.",
    )
    lint.add_argument("files", metavar="FILE", nargs="*", help="default: standard input")
    lint.add_argument(
        "--task",
        choices=list(TASK_FORMATS),
        help="what the files are for; default: translate with --source and --target, classify for "
        ".csv, .jsonl, .ft, folders, else tag; generate is for plain text",
    )
    lint.add_argument("--train", metavar="F", help="training file")
    lint.add_argument("--dev", metavar="F", help="development file, held against train")
    lint.add_argument("--test", metavar="F", help="test file, held against train")
    lint.add_argument("--columns", metavar="SPEC", help=f"{_COLUMNS_HELP}; {_TEXT_COLUMNS_HELP}")
    _add_sides(lint)
    lint.add_argument(
        "--input",
        choices=list(dict.fromkeys(itertools.chain.from_iterable(TASK_FORMATS.values()))),
        help="default: by the files' names; pairs: two files, line by line",
    )
    lint.add_argument(
        "--header",
        choices=["auto", "yes", "no"],
        default="auto",
        help="whether the first row of texts in TSV and CSV names the columns; auto: by its words",
    )
    lint.add_argument("--comment", metavar="MARK", help="what comment lines of CoNLL start with")
    lint.add_argument("--all", action="store_true", help="list every problem and every tag")
    lint.add_argument("--json", action="store_true", help="print everything as JSON")


def _count(text: str) -> int:
    """Read a number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of 1 or more")
    return int(text)
