"""Where the benchmark keeps what it makes and what it reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Places:
    """Folders and files of a benchmark.

    Attributes:
        work: Environments, corpora and models; not part of the repository.
        results: A folder a corpus with a file a system.
        is_quick: Whether this is the quick benchmark, whose results are kept apart.
    """

    work: Path
    results: Path
    is_quick: bool = False

    @property
    def environments(self) -> Path:
        """A folder for each environment."""
        return self.work / "envs"

    @property
    def lock(self) -> Path:
        """The file that only one benchmark can hold."""
        return self.work / "lock"

    def corpus(self, name: str) -> Path:
        """Return the folder of a corpus as the workers read it."""
        return self.work / ("quick" if self.is_quick else "full") / name

    def model(self, corpus: str, system: str, seed: int) -> Path:
        """Return the folder of a trained model."""
        return self.corpus(corpus) / "models" / f"{system}-{seed}"

    def result(self, corpus: str, system: str) -> Path:
        """Return the file of a system's results."""
        return self.results / corpus / f"{system}.json"


def standard_places(*, is_quick: bool = False) -> Places:
    """Return the places of a benchmark run in this repository."""
    work = ROOT / ".benchmark"
    return Places(work, work / "quick-results" if is_quick else HERE / "results", is_quick)
