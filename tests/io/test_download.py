from __future__ import annotations

import gzip
import hashlib
import os
import socket
import stat
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from seqtag.errors import DataError
from seqtag.io.download import FetchProgress, Patience, Wanted, fetch_file, has_content
from tests.web import Request, Web

DATA = bytes(range(256)) * 1000
# Repeats without long waits, and gives a busy machine time to answer.
QUICK = Patience(attempts=3, wait=0.01, longest_wait=0.05, timeout=60)
# For servers that let one wait.
HASTY = Patience(attempts=2, wait=0.01, timeout=0.8)


def wanted(data: bytes = DATA, *, packed: bool = False) -> Wanted:
    return Wanted(size=len(data), sha256=hashlib.sha256(data).hexdigest(), packed=packed)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refusal(target: Path, *addresses: str | Path, patience: Patience = QUICK) -> str:
    """Fetch what cannot be fetched, and return the one line that says why."""
    with pytest.raises(DataError) as caught:
        fetch_file(target, wanted(), addresses, patience=patience)
    assert caught.value.path == str(target)
    assert "\n" not in str(caught.value)
    assert not target.exists()
    return caught.value.message


def test_file_is_fetched(web: Web, tmp_path: Path) -> None:
    seen: list[FetchProgress] = []
    address = web.serve_file("/file", DATA)
    fetch_file(tmp_path / "a", wanted(), [address], patience=QUICK, progress=seen.append)
    assert (tmp_path / "a").read_bytes() == DATA
    assert names(tmp_path) == ["a"]
    assert seen[-1] == FetchProgress("a", len(DATA), len(DATA))
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert web.log == [("/file", 0)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_fetched_file_has_the_rights_of_other_files(web: Web, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    (tmp_path / "source").write_bytes(DATA)
    fetch_file(tmp_path / "a", wanted(), [web.serve_file("/file", DATA)])
    fetch_file(tmp_path / "b", wanted(), [tmp_path / "source"])
    packed = web.serve_file("/file.gz", gzip.compress(DATA))
    fetch_file(tmp_path / "c", wanted(packed=True), [packed])
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "b", "c", "other")}
    assert len(modes) == 1


def test_file_that_is_there_is_not_asked_for(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA)
    fetch_file(tmp_path / "a", wanted(), [web.serve_file("/file", DATA)], patience=QUICK)
    assert web.log == []


def test_other_content_is_replaced(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(DATA[:-1] + b"x")
    assert not has_content(tmp_path / "a", wanted())
    fetch_file(tmp_path / "a", wanted(), [web.serve_file("/file", DATA)], patience=QUICK)
    assert has_content(tmp_path / "a", wanted())


def test_download_goes_on_where_it_was_interrupted(web: Web, tmp_path: Path) -> None:
    """Only the rest is sent."""
    (tmp_path / "a.part").write_bytes(DATA[:100_000])
    address = web.serve_file("/file", DATA)
    fetch_file(tmp_path / "a", wanted(), [address], patience=QUICK)
    assert web.log == [("/file", 100_000)]
    assert (tmp_path / "a").read_bytes() == DATA
    assert names(tmp_path) == ["a"]


def test_whole_partial_file_needs_no_server(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(DATA)
    fetch_file(tmp_path / "a", wanted(), [web.serve_file("/file", DATA)], patience=QUICK)
    assert web.log == []
    assert names(tmp_path) == ["a"]


def test_interruption_keeps_what_has_arrived(web: Web, tmp_path: Path) -> None:
    def interrupt(progress: FetchProgress) -> None:
        if progress.done > 100_000:
            raise KeyboardInterrupt

    address = web.serve_file("/file", DATA)
    with pytest.raises(KeyboardInterrupt):
        fetch_file(tmp_path / "a", wanted(), [address], patience=QUICK, progress=interrupt)
    assert names(tmp_path) == ["a.part"]
    size = (tmp_path / "a.part").stat().st_size
    assert 100_000 < size < len(DATA)
    fetch_file(tmp_path / "a", wanted(), [address], patience=QUICK)
    assert web.log == [("/file", 0), ("/file", size)]
    assert (tmp_path / "a").read_bytes() == DATA


def test_server_that_ignores_ranges_sends_all(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(DATA[:1000])
    address = web.serve("/file", lambda request: request.send(DATA))
    fetch_file(tmp_path / "a", wanted(), [address], patience=QUICK)
    assert (tmp_path / "a").read_bytes() == DATA
    assert web.log == [("/file", 1000)]


@pytest.mark.parametrize("size", [1000, len(DATA), len(DATA) + 1])
def test_partial_file_of_something_else_is_dropped(web: Web, tmp_path: Path, size: int) -> None:
    (tmp_path / "a.part").write_bytes(b"x" * size)
    fetch_file(tmp_path / "a", wanted(), [web.serve_file("/file", DATA)], patience=QUICK)
    assert (tmp_path / "a").read_bytes() == DATA
    assert names(tmp_path) == ["a"]
    assert web.log[-1] == ("/file", 0)


def test_server_that_sends_another_part_is_refused(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(DATA[:1000])
    where = f"bytes 2000-{len(DATA) - 1}/{len(DATA)}"
    address = web.serve(
        "/file", lambda request: request.send(DATA[2000:], 206, Content_Range=where)
    )
    assert "another part of the file" in refusal(tmp_path / "a", address)
    assert (tmp_path / "a.part").read_bytes() == DATA[:1000]


def test_broken_connection_is_resumed(web: Web, tmp_path: Path) -> None:
    """As often as it takes, as long as each brings something."""
    address = web.serve("/file", lambda request: request.send_from_start(DATA, most=20_000))
    patience = replace(QUICK, attempts=2, step=10_000)
    fetch_file(tmp_path / "a", wanted(), [address], patience=patience)
    assert (tmp_path / "a").read_bytes() == DATA
    assert [start for _, start in web.log] == list(range(0, len(DATA), 20_000))


def test_connection_that_brings_too_little_is_given_up(web: Web, tmp_path: Path) -> None:
    address = web.serve("/file", lambda request: request.send_from_start(DATA, most=10))
    message = refusal(tmp_path / "a", address)
    assert f"{address}: the connection" in message
    assert "(asked 3 times)" in message
    assert [start for _, start in web.log] == [0, 10, 20]
    assert names(tmp_path) == ["a.part"]


def test_server_that_breaks_off_before_the_first_byte_leaves_nothing(
    web: Web, tmp_path: Path
) -> None:
    address = web.serve("/file", lambda request: request.handler.connection.close())
    assert "no connection" in refusal(tmp_path / "a", address)
    assert names(tmp_path) == []


def test_stalling_server_is_not_waited_for(web: Web, tmp_path: Path) -> None:
    def stall(request: Request) -> None:
        request.send(DATA[:100], length=len(DATA))
        request.stopped.wait(60)

    address = web.serve("/file", stall)
    message = refusal(tmp_path / "a", address, patience=HASTY)
    assert "stalled for 0.8 seconds (asked 2 times)" in message


def test_server_that_never_answers_is_not_waited_for(web: Web, tmp_path: Path) -> None:
    def keep_silent(request: Request) -> None:
        request.stopped.wait(60)

    message = refusal(tmp_path / "a", web.serve("/file", keep_silent), patience=HASTY)
    assert "no answer within 0.8 seconds (asked 2 times)" in message


def test_server_that_trickles_counts_as_stalled(web: Web, tmp_path: Path) -> None:
    """Each byte comes in time, but the whole would take for ever."""

    def trickle(request: Request) -> None:
        request.send(b"", length=len(DATA))
        for byte in DATA:
            if request.stopped.wait(0.05):
                return
            request.handler.wfile.write(bytes([byte]))

    message = refusal(tmp_path / "a", web.serve("/file", trickle), patience=HASTY)
    assert "stalled" in message
    assert len(web.log) == 2


def test_busy_server_is_asked_again(web: Web, tmp_path: Path) -> None:
    def busy(request: Request) -> None:
        if request.number < 2:
            request.send(b"try later", 503)
        else:
            request.send_from_start(DATA)

    fetch_file(tmp_path / "a", wanted(), [web.serve("/file", busy)], patience=QUICK)
    assert (tmp_path / "a").read_bytes() == DATA
    assert len(web.log) == 3


def test_waits_grow_and_follow_the_server(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    plain = web.serve("/plain", lambda request: request.send(b"", 503))
    asking = web.serve("/asking", lambda request: request.send(b"", 429, Retry_After="3"))
    much = web.serve("/much", lambda request: request.send(b"", 429, Retry_After="3600"))
    patience = Patience(attempts=4, wait=1, longest_wait=20, timeout=60)
    for address, expected in ((plain, [1, 2, 4]), (asking, [3, 3, 4]), (much, [20, 20, 20])):
        waits.clear()
        refusal(tmp_path / "a", address, patience=patience)
        assert waits == expected


def test_server_that_stays_busy_is_given_up(web: Web, tmp_path: Path) -> None:
    address = web.serve("/file", lambda request: request.send(b"no", 503))
    assert f"{address}: 503 Service Unavailable (asked 3 times)" in refusal(tmp_path / "a", address)
    assert len(web.log) == 3
    assert names(tmp_path) == []


def test_missing_file_is_not_asked_for_again(web: Web, tmp_path: Path) -> None:
    message = refusal(tmp_path / "a", f"{web.address}/none")
    assert f"{web.address}/none: 404 Not Found" in message
    assert len(web.log) == 1
    assert names(tmp_path) == []


def test_wrong_checksum_is_told_with_both_sums(web: Web, tmp_path: Path) -> None:
    other = DATA[:-1] + b"x"
    message = refusal(tmp_path / "a", web.serve_file("/file", other))
    assert hashlib.sha256(DATA).hexdigest() in message
    assert hashlib.sha256(other).hexdigest() in message
    assert names(tmp_path) == []
    assert len(web.log) == 1


def test_wrong_checksum_behind_a_partial_file_is_tried_once_more(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(DATA[:1000])
    refusal(tmp_path / "a", web.serve_file("/file", DATA[:-1] + b"x"))
    assert [start for _, start in web.log] == [1000, 0]
    assert names(tmp_path) == []


@pytest.mark.parametrize("other", [DATA[:-1], DATA + b"x", b""])
def test_other_size_is_another_version(web: Web, tmp_path: Path, other: bytes) -> None:
    """Not a connection to be resumed."""
    message = refusal(tmp_path / "a", web.serve_file("/file", other or b"?"))
    assert "another version" in message
    assert len(web.log) == 1
    assert names(tmp_path) == []


def test_endless_file_is_not_read_to_its_end(web: Web, tmp_path: Path) -> None:
    def endless(request: Request) -> None:
        request.handler.send_response(200)
        request.handler.end_headers()
        while not request.stopped.is_set():
            request.handler.wfile.write(DATA)

    message = refusal(tmp_path / "a", web.serve("/file", endless))
    assert f"longer than {len(DATA):,} bytes" in message
    assert names(tmp_path) == []


def test_length_need_not_be_told(web: Web, tmp_path: Path) -> None:
    def silent(request: Request) -> None:
        request.handler.send_response(200)
        request.handler.end_headers()
        request.handler.wfile.write(DATA)

    fetch_file(tmp_path / "a", wanted(), [web.serve("/file", silent)], patience=QUICK)
    assert (tmp_path / "a").read_bytes() == DATA


def test_redirection_is_followed(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(DATA[:500])
    there = web.serve_file("/there", DATA)
    here = web.serve("/here", lambda request: request.send(b"", 302, Location=there))
    fetch_file(tmp_path / "a", wanted(), [here], patience=QUICK)
    assert (tmp_path / "a").read_bytes() == DATA
    assert web.log == [("/here", 500), ("/there", 500)]


def test_redirection_in_a_circle_ends(web: Web, tmp_path: Path) -> None:
    address = f"{web.address}/file"
    web.serve("/file", lambda request: request.send(b"", 302, Location=address))
    assert "redirects" in refusal(tmp_path / "a", address)


def test_addresses_are_tried_in_turn(web: Web, tmp_path: Path) -> None:
    sources = [
        f"{web.address}/none",
        web.serve("/busy", lambda request: request.send(b"", 500)),
        web.serve_file("/other", DATA[:-1] + b"x"),
        web.serve("/broken", lambda request: request.send_from_start(DATA, most=1000)),
        web.serve_file("/file", DATA),
        web.serve_file("/not-reached", DATA),
    ]
    fetch_file(tmp_path / "a", wanted(), sources, patience=QUICK)
    assert (tmp_path / "a").read_bytes() == DATA
    asked = list(dict.fromkeys(path for path, _ in web.log))
    assert asked == ["/none", "/busy", "/other", "/broken", "/file"]
    assert web.log[-1] == ("/file", 3000)  # what the broken ones brought is not asked for again
    assert names(tmp_path) == ["a"]


def test_all_failures_are_told(web: Web, tmp_path: Path) -> None:
    busy = web.serve("/busy", lambda request: request.send(b"", 503))
    message = refusal(tmp_path / "a", f"{web.address}/1", f"{web.address}/2", busy)
    assert f"{web.address}/1 and {web.address}/2: 404 Not Found; {busy}: 503" in message
    assert message.endswith("; check the connection, and run again")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://127.0.0.1:1/file", "Connection refused"),
        ("http://[/file", "cannot be asked for"),
        ("ftp://127.0.0.1/file", "cannot be asked for"),
    ],
)
def test_address_without_a_server(tmp_path: Path, address: str, reason: str) -> None:
    assert reason in refusal(tmp_path / "a", address)
    assert names(tmp_path) == []


def test_unknown_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    message = refusal(tmp_path / "a", "http://name.invalid/file")
    assert "no connection (the host is unknown, or this machine is offline)" in message


def test_server_without_a_certificate(web: Web, tmp_path: Path) -> None:
    address = web.serve_file("/file", DATA).replace("http://", "https://")
    message = refusal(tmp_path / "a", address)
    assert "the connection is not secure" in message
    assert "REQUESTS_CA_BUNDLE" in message


def test_proxy_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    message = refusal(tmp_path / "a", "http://name.invalid/file")
    assert "the proxy cannot be used (Connection refused)" in message


def test_packed_file_is_unpacked(web: Web, tmp_path: Path) -> None:
    packed = gzip.compress(DATA)
    (tmp_path / "a.part").write_bytes(packed[:50])
    address = web.serve_file("/file.gz", packed)
    fetch_file(tmp_path / "a", wanted(packed=True), [address], patience=QUICK)
    assert (tmp_path / "a").read_bytes() == DATA
    assert names(tmp_path) == ["a"]
    assert web.log == [("/file.gz", 50)]


def test_packed_file_may_come_unpacked(web: Web, tmp_path: Path) -> None:
    """From a mirror, or from a server that takes the packing for that of the transfer."""
    plain = web.serve_file("/file", DATA)
    fetch_file(tmp_path / "a", wanted(packed=True), [plain], patience=QUICK)
    encoded = web.serve(
        "/file.gz", lambda request: request.send(gzip.compress(DATA), Content_Encoding="gzip")
    )
    fetch_file(tmp_path / "b", wanted(packed=True), [encoded], patience=QUICK)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == DATA


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(DATA + b"x"), "longer than"),
        (gzip.compress(bytes(2_000_000)), "longer than"),
        (gzip.compress(DATA[1:]), "damaged, or another version"),
        (gzip.compress(DATA)[:-100], "damaged, or another version"),
        (gzip.compress(DATA)[:20] + b"x" * 1000, "gzip data is damaged"),
        (os.urandom(len(DATA) + 70_000), "another version"),
    ],
)
def test_packed_file_with_wrong_content(web: Web, tmp_path: Path, data: bytes, reason: str) -> None:
    address = web.serve_file("/file.gz", data)
    with pytest.raises(DataError, match=reason):
        fetch_file(tmp_path / "a", wanted(packed=True), [address], patience=QUICK)
    assert names(tmp_path) == []


def test_local_file_is_copied(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(DATA)
    fetch_file(tmp_path / "a", wanted(), [tmp_path / "none", tmp_path / "source"])
    assert (tmp_path / "a").read_bytes() == DATA
    assert names(tmp_path) == ["a", "source"]


def test_local_file_with_wrong_content(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(DATA[1:])
    message = refusal(tmp_path / "a", tmp_path / "none", tmp_path / "source", tmp_path)
    assert f"{tmp_path / 'none'}: cannot be read: no such file or folder" in message
    assert hashlib.sha256(DATA[1:]).hexdigest() in message
    assert "this is a folder" in message
    assert names(tmp_path) == ["source"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")
def test_two_programs_do_not_mix_their_bytes(web: Web, tmp_path: Path) -> None:
    import fcntl

    with (tmp_path / "a.part").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DataError, match="another program is fetching this file"):
            fetch_file(tmp_path / "a", wanted(), [web.serve_file("/file", DATA)])
    assert web.log == []
    assert names(tmp_path) == ["a.part"]


def test_place_that_cannot_be_written(web: Web, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(DataError, match="cannot be written") as caught:
        fetch_file(tmp_path / "a", wanted(), [web.serve_file("/file", DATA)])
    assert caught.value.path == str(tmp_path / "a")
