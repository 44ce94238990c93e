"""Files from servers and mirrors, checked before they take their place.

What has arrived of a file is kept beside its place in ``NAME.part``. A connection that breaks, or
a program that is started again, goes on from there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from seqtag.errors import DataError
from seqtag.io.files import os_data_error

if TYPE_CHECKING:
    from requests import Response

_CHUNK_SIZE = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
# More than this may gzip never add to a file.
_GZIP_MARGIN = 1 << 16
# What servers say when the same request may succeed later.
_TEMPORARY = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A file by its content.

    Attributes:
        size: Its bytes.
        sha256: Its checksum, in hexadecimal digits.
        packed: Whether servers give it gzipped.
    """

    size: int
    sha256: str
    packed: bool = False

    @property
    def most(self) -> int:
        """The most bytes that a server may send."""
        return self.size + _GZIP_MARGIN if self.packed else self.size


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long servers are waited for.

    Attributes:
        attempts: How often in a row a server is asked that brings less than `step` bytes.
        wait: Seconds before the second of these attempts; each further wait is twice as long.
        longest_wait: The most seconds between two attempts.
        timeout: Seconds in which a server must answer, and in which `slowest` bytes must arrive.
        slowest: The fewest bytes that count as a connection.
        step: The fewest bytes that count as progress.
    """

    attempts: int = 4
    wait: float = 1.0
    longest_wait: float = 20.0
    timeout: float = 30.0
    slowest: int = 1 << 10
    step: int = 1 << 16


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How far the fetching of a file has come.

    Attributes:
        name: The file's name.
        done: Bytes that are there.
        total: Bytes that will be there; None where the server does not tell.
    """

    name: str
    done: int
    total: int | None


ShowProgress = Callable[[FetchProgress], None]


class _Refused(Exception):  # noqa: N818 - becomes a part of the message in DataError
    """A source does not give the file; another one may."""


class _Broken(Exception):  # noqa: N818 - becomes a part of the message in DataError
    """A connection failed, and asking again may help.

    Args:
        reason: What happened.
        after: Seconds that the server wants to be left alone.
    """

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


def has_content(path: Path, wanted: Wanted) -> bool:
    """Tell whether a file is there and is the one wanted.

    Raises:
        DataError: It cannot be read.
    """
    try:
        return (
            path.is_file()
            and path.stat().st_size == wanted.size
            and _checksum(path) == wanted.sha256
        )
    except OSError as error:
        raise os_data_error(error, path, "read") from error


def fetch_file(
    target: Path,
    wanted: Wanted,
    sources: Sequence[str | Path],
    *,
    advice: str = "check the connection, and run again",
    patience: Patience | None = None,
    progress: ShowProgress | None = None,
) -> None:
    """Put a file into its place, from the first source that has it.

    Args:
        target: Where to put it, in a folder that exists; what stands there is replaced, once the
            new file has been found right.
        wanted: The file.
        sources: Addresses and local files, tried in this order.
        advice: What to do if all fail.
        patience: How long servers are waited for.
        progress: Called as bytes arrive.

    Raises:
        DataError: No source has the file with this checksum, or it cannot be written. What
            arrived over a connection that broke is kept, to go on from there; what has the wrong
            checksum is not.
    """
    import pooch  # type: ignore[import-untyped]  # publishes no types

    pooch.get_logger().setLevel("WARNING")  # it tells every download in lines of its own
    failures: dict[str, list[str]] = {}
    for source in sources:
        fetch = _Fetch(target, wanted, patience or Patience(), progress)
        try:
            pooch.retrieve(
                str(source),
                known_hash=f"sha256:{wanted.sha256}",
                fname=target.name,
                path=target.parent,
                downloader=fetch if isinstance(source, str) else fetch.copy,
            )
        except _Refused as refusal:
            failures.setdefault(str(refusal), []).append(str(source))
        except OSError as error:
            raise os_data_error(error, target, "written") from error
        else:
            return
    told = "; ".join(f"{' and '.join(asked)}: {reason}" for reason, asked in failures.items())
    raise DataError(f"cannot be fetched: {told}; {advice}", path=target)


@dataclass(frozen=True, slots=True)
class _Fetch:
    """Downloaders in pooch's sense: what they leave in its file, pooch checks and puts in place."""

    target: Path
    wanted: Wanted
    patience: Patience
    progress: ShowProgress | None

    def __call__(self, url: str, output: str, pooch: object) -> None:
        """Download a file, or what is missing of it."""
        part = self.target.with_name(f"{self.target.name}.part")
        for _ in range(2):
            with _open_alone(part) as file:
                was_begun = file.seek(0, os.SEEK_END) > 0
                self._download(url, file)
            found = self._finish(part, Path(output))
            if found == self.wanted.sha256:
                return
            if not was_begun:
                break
            # What was there before belonged to another file, or was damaged: once more without it.
        raise _Refused(_wrong_sum(found, self.wanted.sha256))

    def copy(self, path: str, output: str, pooch: object) -> None:
        """Copy a file."""
        try:
            found = _checksum(Path(path))
        except OSError as error:
            raise _Refused(os_data_error(error, path, "read").message) from error
        if found != self.wanted.sha256:
            raise _Refused(_wrong_sum(found, self.wanted.sha256))
        _remake(Path(output))
        shutil.copyfile(path, output)
        self._tell(self.wanted.size, self.wanted.size)

    def _tell(self, done: int, total: int | None) -> None:
        if self.progress is not None:
            self.progress(FetchProgress(self.target.name, done, total))

    def _download(self, url: str, file: BinaryIO) -> None:
        """Bring a partial file to its full length, however often the connection breaks."""
        fruitless = 0
        while True:
            before = file.seek(0, os.SEEK_END)
            try:
                self._continue(url, file)
            except _Broken as failure:
                file.flush()
                is_progress = file.tell() - before >= self.patience.step
                fruitless = 1 if is_progress else fruitless + 1
                if fruitless >= self.patience.attempts:
                    raise _Refused(f"{failure} (asked {fruitless} times)") from failure
                pause = max(self.patience.wait * 2 ** (fruitless - 1), failure.after)
                time.sleep(min(pause, self.patience.longest_wait))
            else:
                file.flush()
                return

    def _continue(self, url: str, file: BinaryIO) -> None:
        """Ask once for what is missing."""
        have = file.tell()
        if have > self.wanted.most:
            have = file.truncate(0)
        if have == self.wanted.size and not self.wanted.packed:
            return
        with self._ask(url, have) as response:
            self._check_answer(response, file, have)
            self._receive(response, file)

    def _ask(self, url: str, have: int) -> Response:
        """Ask for a file from some byte on."""
        import requests

        # Packed on the way, a file could not be gone on with.
        headers = {"Accept-Encoding": "identity", "User-Agent": "seqtag"}
        if have:
            headers["Range"] = f"bytes={have}-"
        try:
            return requests.get(url, headers=headers, stream=True, timeout=self.patience.timeout)
        except requests.exceptions.SSLError as error:
            raise _Refused(
                f"the connection is not secure ({_cause(error)}); where a proxy has a certificate "
                "of its own, name its file in REQUESTS_CA_BUNDLE"
            ) from error
        except requests.exceptions.ProxyError as error:
            raise _Broken(
                f"the proxy cannot be used ({_cause(error)}); check HTTPS_PROXY and HTTP_PROXY"
            ) from error
        except requests.exceptions.Timeout as error:
            raise _Broken(f"no answer within {self.patience.timeout:g} seconds") from error
        except requests.exceptions.ConnectionError as error:
            raise _Broken(f"no connection ({_cause(error)})") from error
        except requests.exceptions.RequestException as error:
            raise _Refused(f"cannot be asked for ({_cause(error)})") from error

    def _check_answer(self, response: Response, file: BinaryIO, have: int) -> None:
        """Place a file's end where the answer goes on, or refuse the answer."""
        status = response.status_code
        if status == 416:
            file.truncate(0)
            raise _Broken("what has arrived so far does not fit the file there")
        if status in _TEMPORARY:
            after = response.headers.get("Retry-After", "")
            raise _Broken(f"{status} {response.reason}", float(after) if after.isdecimal() else 0.0)
        if status not in (200, 206):
            raise _Refused(f"{status} {response.reason}")
        if status == 200:  # all of it, whatever was asked for
            file.truncate(0)
        elif not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            raise _Refused("the server sends another part of the file than it was asked for")
        file.seek(0, os.SEEK_END)

    def _receive(self, response: Response, file: BinaryIO) -> None:
        """Write what an answer brings."""
        total = _total(response, file.tell())
        size, is_packed = self.wanted.size, self.wanted.packed
        if total is not None and (total > self.wanted.most or (total < size and not is_packed)):
            raise _Refused(f"the file there has {total:,} bytes, not {size:,}: another version")
        for chunk in self._chunks(response):
            file.write(chunk)
            if file.tell() > self.wanted.most:
                file.truncate(0)
                raise _Refused(self._too_long())
            self._tell(file.tell(), total)
        full = total if is_packed else size
        if full is not None and file.tell() < full:
            raise _Broken(f"the connection ended after {file.tell():,} of {full:,} bytes")

    def _too_long(self) -> str:
        return f"the file there is longer than {self.wanted.size:,} bytes: another version"

    def _chunks(self, response: Response) -> Iterator[bytes]:
        """Yield what arrives, as long as enough of it does."""
        import urllib3

        # read1 returns what has arrived, where read would wait for a full chunk.
        read = getattr(response.raw, "read1", response.raw.read)
        since, arrived = time.monotonic(), 0
        while True:
            try:
                chunk: bytes = read(_CHUNK_SIZE, decode_content=True)
            except (urllib3.exceptions.TimeoutError, TimeoutError) as error:
                raise _Broken(self._stalled()) from error
            except (urllib3.exceptions.HTTPError, OSError) as error:
                raise _Broken(f"the connection broke ({_cause(error)})") from error
            if not chunk:
                return
            yield chunk
            arrived += len(chunk)
            if time.monotonic() - since > self.patience.timeout:
                if arrived < self.patience.slowest:
                    raise _Broken(self._stalled())
                since, arrived = time.monotonic(), 0

    def _stalled(self) -> str:
        return f"the server has stalled for {self.patience.timeout:g} seconds"

    def _finish(self, part: Path, output: Path) -> str:
        """Put what was downloaded into its next place, unpacked; return the checksum."""
        with part.open("rb") as file:
            is_packed = self.wanted.packed and file.read(2) == _GZIP_MAGIC
        if not is_packed:
            part.replace(output)
            return _checksum(output)
        data = part.read_bytes()
        part.unlink()
        try:
            content = zlib.decompressobj(_GZIP_WINDOW).decompress(data, self.wanted.size + 1)
        except zlib.error as error:
            raise _Refused(f"the gzip data is damaged ({error})") from error
        if len(content) > self.wanted.size:
            raise _Refused(self._too_long())
        _remake(output).write_bytes(content)
        return _checksum(output)


@contextlib.contextmanager
def _open_alone(path: Path) -> Iterator[BinaryIO]:
    """Open a file to add to it, while no other program does; an empty one is removed at the end.

    Raises:
        DataError: Another program has it open.
    """
    is_empty = False
    try:
        with path.open("a+b") as file:
            _lock(file, path)
            try:
                yield file
            finally:
                is_empty = file.seek(0, os.SEEK_END) == 0
    finally:
        if is_empty:
            path.unlink()


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows, where the checksum tells if two have mixed their bytes
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DataError(
            "another program is fetching this file: wait for it, and run again", path=path
        ) from error


def _remake(path: Path) -> Path:
    """Let a temporary file have the rights of other files; as made, its owner alone may read it."""
    path.unlink()
    return path


def _checksum(path: Path) -> str:
    import pooch

    found: str = pooch.file_hash(str(path))
    return found


def _wrong_sum(found: str, wanted: str) -> str:
    return f"its sha256 is {found} and must be {wanted}: damaged, or another version"


def _total(response: Response, have: int) -> int | None:
    """Return the bytes of the whole file that an answer is about, if it tells."""
    length = response.headers.get("Content-Length", "")
    if not length.isdecimal() or response.headers.get("Content-Encoding", "identity") != "identity":
        return None
    return have + int(length)


def _cause(error: BaseException) -> str:
    """Return what is at the bottom of a connection's error, in a few words."""
    reason = ""
    deepest: BaseException = error
    while True:
        if isinstance(deepest, socket.gaierror):
            return "the host is unknown, or this machine is offline"
        if isinstance(deepest, OSError) and deepest.errno is not None and deepest.strerror:
            reason = deepest.strerror
        below = deepest.__cause__ or deepest.__context__
        if below is None:
            return reason or str(deepest) or type(deepest).__name__
        deepest = below
