"""The machine that a benchmark runs on: its cores, who else measures, and what it is."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.places import ROOT

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def available_cores() -> list[int]:
    """Return the numbers of the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def pin(cores: Sequence[int]) -> None:
    """Keep this process and all that it starts on some cores.

    Raises:
        BenchmarkError: There is no such core.
    """
    if not hasattr(os, "sched_setaffinity"):  # macOS and Windows: only threads are bounded
        return
    try:
        os.sched_setaffinity(0, cores)
    except OSError as error:
        raise BenchmarkError(
            f"cores {','.join(map(str, cores))} cannot be used: give some of "
            f"{','.join(map(str, available_cores()))}"
        ) from error


def worker_variables(cores: Sequence[int]) -> dict[str, str]:
    """Return the environment of a worker: as many threads as cores, and no network."""
    threads = dict.fromkeys(_THREAD_VARIABLES, str(len(cores)))
    offline = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    return {**os.environ, **threads, **offline, "PYTHONPATH": str(ROOT)}


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Return a context that only one benchmark at a time can be in.

    Raises:
        BenchmarkError: Another one is.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise BenchmarkError(
                f"another benchmark is running (process {file.read().strip() or 'unknown'}), and "
                "two at once would slow each other down: wait for it to end"
            ) from None
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def provenance(
    cores: Sequence[int], versions: Mapping[str, Mapping[str, str]], command: str
) -> dict[str, Any]:
    """Return what a figure needs to be understood and measured again.

    Args:
        cores: The cores that were used.
        versions: For each system the versions of its packages.
        command: What measures it again.
    """
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "seqtag")
    return {
        "command": command,
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "commit": _git("rev-parse", "--short=10", "HEAD"),
        "changed": bool(changed),
        "versions": {name: dict(packages) for name, packages in versions.items()},
        "machine": describe(),
        "cores": len(cores),
        "load_before": round(os.getloadavg()[0], 2),
    }


def describe() -> dict[str, Any]:
    """Return what the machine is."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _cpu() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return " ".join(line.split(":")[1].split())
    return platform.processor() or "unknown"


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or ("" if done.returncode == 0 else "unknown")
