"""An environment of its own for each peer, made of versions that are written down."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.places import HERE

OWN = "seqtag"
"""The environment that the benchmark itself runs in."""

_STAMP = "installed"


def ensure(name: str, folder: Path) -> Path:
    """Return the Python of an environment, which is made if it is not there as it should be.

    Args:
        name: The environment, described by ``requirements/NAME.txt``.
        folder: Holds all environments.

    Raises:
        BenchmarkError: Something cannot be installed.
    """
    if name == OWN:
        return Path(sys.executable)
    requirements = HERE / "requirements" / f"{name}.txt"
    place = folder / name
    python = place / "bin" / "python"
    wanted = _fingerprint(requirements)
    stamp = place / _STAMP
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return python
    print(f"making environment {name}", file=sys.stderr)
    _run([sys.executable, "-m", "venv", "--clear", str(place)], name)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Torch first: as another package's requirement, an index may give a build for GPUs.
    for line in requirements.read_text("utf-8").splitlines():
        if line.startswith("torch=="):
            _run([*install, line], name)
    _run([*install, "-r", str(requirements)], name)
    stamp.write_text(wanted, "utf-8")
    return python


def _fingerprint(requirements: Path) -> str:
    content = requirements.read_bytes() + sys.version.encode()
    return hashlib.sha256(content).hexdigest()


def _run(command: list[str], name: str) -> None:
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode:
        raise BenchmarkError(
            f"environment {name} cannot be made: {' '.join(command)} failed, see above"
        )
