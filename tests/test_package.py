from __future__ import annotations

import subprocess
import sys
import time

import pytest

import seqtag
from tests.helpers import ENVIRONMENT, run_program

HEAVY = ("torch", "spacy", "numpy", "seqeval", "safetensors", "tqdm")


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=True
    )
    return done.stdout


def test_import_is_light() -> None:
    """Whoever imports the package pays for what is used, when it is used."""
    loaded = run_python("import seqtag, sys; print(*sys.modules)").split()
    assert not set(HEAVY) & set(loaded)


def test_import_is_quick() -> None:
    code = "import time; t = time.perf_counter(); import seqtag; print(time.perf_counter() - t)"
    assert min(float(run_python(code)) for _ in range(3)) < 0.1


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["--version"], ["bad"]])
def test_help_needs_no_torch(arguments: list[str]) -> None:
    code = (
        "import atexit, sys\n"
        "from seqtag.cli.main import main\n"
        "atexit.register(lambda: print('LOADED', *sys.modules))\n"
        f"main({arguments})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=False
    )
    loaded = done.stdout.partition("LOADED")[2].split()
    assert loaded
    assert not {"torch", "spacy", "seqeval"} & set(loaded)


def test_help_is_quick() -> None:
    def seconds() -> float:
        began = time.perf_counter()
        assert run_program("--help").status == 0
        return time.perf_counter() - began

    assert min(seconds() for _ in range(3)) < 0.5


def test_public_names_are_there() -> None:
    for name in seqtag.__all__:
        assert getattr(seqtag, name).__name__ == name
    assert set(seqtag.__all__) <= set(dir(seqtag))


def test_unknown_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        seqtag.nonsense  # noqa: B018


def test_errors_are_of_one_family() -> None:
    for error in (seqtag.DataError, seqtag.ConfigError, seqtag.ModelError):
        assert issubclass(error, seqtag.SeqtagError)


def test_program_tells_its_version() -> None:
    outcome = run_program("--version")
    assert (outcome.status, outcome.out) == (0, f"seqtag {seqtag.__version__}\n")
