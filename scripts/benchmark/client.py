"""The driver's end of a worker: starts it, asks it, ends it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from scripts.benchmark.errors import BenchmarkError
from scripts.benchmark.places import ROOT


class Client:
    """A worker that is kept alive and does nothing but what it is asked for.

    Args:
        name: What to call it in messages.
        command: Starts it.
        variables: Its environment.
    """

    def __init__(self, name: str, command: Sequence[str], variables: Mapping[str, str]) -> None:
        self.name = name
        self._process = subprocess.Popen(
            list(command),
            cwd=ROOT,
            env=dict(variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Client:
        """Return the worker, to be ended with the context."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the worker."""
        self.close()

    def call(self, name: str, **arguments: Any) -> Any:  # noqa: ANN401 - any value of JSON
        """Call one of the worker's methods and wait for its result.

        Raises:
            BenchmarkError: It failed or is gone.
        """
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            print(json.dumps({"call": name, **arguments}), file=process.stdin, flush=True)
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise BenchmarkError(
                f"{self.name} ended while asked for {name}, with status {process.wait()}: see above"
            )
        answer = json.loads(line)
        if "error" in answer:
            raise BenchmarkError(f"{self.name} failed to {name}:\n{answer['error']}")
        return answer["result"]

    def close(self) -> None:
        """End the worker, by force where it does not come to an end."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.close()
            process.wait(timeout=20)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
        process.stdout.close()
