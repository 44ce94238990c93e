"""Checks in environments of their own: `nox -s torchtext`."""

from __future__ import annotations

import nox

# Used by tokenizers of torchtext that only some tests want.
_TOKENIZERS = ("nltk", "revtok", "sacremoses")


@nox.session(python="3.11", default=False)  # it installs gigabytes
def torchtext(session: nox.Session) -> None:
    """Run all tests with the last torchtext and the oldest torch that seqtag knows.

    Arguments go to pytest, in place of all tests: ``nox -s torchtext -- tests/text -k vocabulary``.
    """
    constraints = ("-c", "constraints-torchtext.txt")
    session.install(*constraints, "-e", ".[test,torchtext]", *_TOKENIZERS)
    pytest = ("python", "-m", "pytest")
    threads = {"OMP_NUM_THREADS": "1"}  # one for each process
    if session.posargs:
        session.run(*pytest, *session.posargs, env=threads)
        return
    session.run(*pytest, "tests/integrations/test_torchtext.py", env=threads)
    session.run(*pytest, "--numprocesses", "2", "--dist", "loadfile", env=threads)
