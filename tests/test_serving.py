"""`marketplace serve`: ready soon, ended whole, never held up by who sends slowly."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

import pytest

from marketplace.config import ROOT
from marketplace.slow_work import KINDS, Slow
from tests.conftest import settings_for
from tests.waiting import PATIENCE, eventually

"""Seconds that a busy machine may need for what usually takes a second."""

PROCESSES = 4
"""Two of the web, the worker, and the reader of words."""

pytestmark = pytest.mark.embedded


@dataclass
class Served:
    """A portal that runs, its port, and the file of its access log."""

    program: subprocess.Popen[str]
    port: int
    log: Path

    def get(self, path: str, timeout: float = PATIENCE) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=timeout) as answer:
            return int(answer.status)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def children(self) -> dict[int, str]:
        """The processes that live under the keeper, as soon as all are there, with their state."""
        assert eventually(lambda: len(children_of(self.program.pid)) >= PROCESSES)
        found = children_of(self.program.pid)
        assert len(found) == PROCESSES
        return found


def children_of(pid: int) -> dict[int, str]:
    """Living processes whose parent is `pid`, with their state."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found[int(stat.parent.name)] = state
    return found


def environment(url: str, folder: Path, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "DATA_DIR": str(folder / "data"),
        "SECRET_KEY": settings_for(url, folder).secret_key,
        "MAIL_URL": f"file://{folder / 'mail'}",
        "PORT": str(port),
        "ACCESS_LOG": str(folder / "access.log"),
    }


def start(url: str, folder: Path, **more: str) -> Served:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    program = subprocess.Popen(
        [sys.executable, "-m", "marketplace", "serve"],
        cwd=ROOT,
        env=environment(url, folder, port) | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    served = Served(program, port, folder / "access.log")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and program.poll() is None:
        try:
            served.get("/healthz")
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return served
    program.kill()
    raise AssertionError(program.communicate()[0])


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    """A portal of the test's own."""
    served = start(database_url, tmp_path)
    yield served
    if served.program.poll() is None:
        served.program.terminate()
    served.program.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def lasting(template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A portal that several tests ask and none changes."""
    served = start(template_database, tmp_path_factory.mktemp("lasting"))
    yield served
    served.program.terminate()
    served.program.communicate(timeout=PATIENCE)


def gone(pids: set[int]) -> bool:
    """True as soon as none of the processes lives; False when one does not end in time."""
    return eventually(lambda: all(not Path(f"/proc/{pid}/stat").exists() or ended(pid) for pid in pids))


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_term_signal_ends_everything_in_good_order(served: Served) -> None:
    children = set(served.children())
    served.program.terminate()
    output, _ = served.program.communicate(timeout=PATIENCE)
    assert served.program.returncode == 0
    assert gone(children)
    assert "Traceback" not in output


def test_killing_the_keeper_leaves_no_orphan_and_frees_the_port(
    served: Served, database_url: str, tmp_path: Path
) -> None:
    children = set(served.children())
    served.program.kill()
    assert gone(children)
    again = start(database_url, tmp_path / "again")
    again.program.terminate()
    again.program.communicate(timeout=PATIENCE)


def test_who_dies_is_started_again(served: Served) -> None:
    before = set(served.children())
    for child in before:
        os.kill(child, signal.SIGKILL)
    assert eventually(lambda: len(set(children_of(served.program.pid)) - before) == PROCESSES)
    assert served.get("/healthz") == 200


def test_a_hangup_opens_the_access_log_anew_and_ends_nobody(served: Served) -> None:
    children = set(served.children())
    assert "GET /healthz" in served.log.read_text()
    served.log.rename(served.log.with_suffix(".1"))
    served.program.send_signal(signal.SIGHUP)
    assert served.get("/healthz") == 200
    assert served.log.read_text().count('GET /healthz" 200') == 1
    assert set(served.children()) == children


def test_a_port_that_is_taken_is_told_in_one_line_before_anything_else(
    lasting: Served, template_database: str, tmp_path: Path
) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "marketplace", "serve"],
        cwd=ROOT,
        env=environment(template_database, tmp_path, lasting.port),
        capture_output=True,
        text=True,
    )
    assert second.returncode == 1
    [line] = second.stderr.splitlines()
    assert f"127.0.0.1:{lasting.port} cannot be listened on: Address already in use" in line
    assert second.stdout == ""


def test_tables_of_another_version_are_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    result = subprocess.run(
        [sys.executable, "-m", "marketplace", "serve"],
        cwd=ROOT,
        env=environment(f"sqlite:///{tmp_path / 'empty.sqlite'}", tmp_path, port),
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert "run 'marketplace db upgrade'" in line


def test_what_is_made_is_its_owners_only(lasting: Served) -> None:
    folder = lasting.log.parent
    assert not [each for each in folder.rglob("*") if each.stat().st_mode & 0o077 and not each.is_socket()]


def seconds_of(pid: int) -> float:
    """Processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def megabytes_of(pid: int) -> int:
    """Memory that a process has, what it shares with others included."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20


def test_a_portal_at_rest_takes_next_to_nothing(lasting: Served) -> None:
    children = lasting.children()
    until = time.monotonic() + PATIENCE
    rest = 1.0
    while rest > 0.01 and time.monotonic() < until:  # the first rounds of the duties have to end
        before, began = {pid: seconds_of(pid) for pid in children}, time.monotonic()
        time.sleep(4)
        rest = max(seconds_of(pid) - before[pid] for pid in children) / (time.monotonic() - began)
    assert rest <= 0.01
    assert max(megabytes_of(pid) for pid in children) <= 200


def test_two_hundred_slow_senders_keep_nobody_waiting(lasting: Served) -> None:
    head = b"POST /fi/account/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx"
    with ExitStack() as stack:
        slow = [stack.enter_context(lasting.connect()) for _ in range(200)]
        for connection in slow:
            connection.sendall(head)
        for _ in range(3):
            began = time.monotonic()
            assert lasting.get("/healthz") == 200
            assert time.monotonic() - began < 5
            for connection in slow:
                connection.sendall(b"x")


def test_a_body_that_a_stranger_sends_is_small(lasting: Served) -> None:
    head = "POST /fi/account/sign-in HTTP/1.1\r\nHost: localhost\r\n{}Content-Length: {}\r\n\r\n"
    answers = {}
    for cookie in ("", "Cookie: session=x\r\n"):
        with lasting.connect() as connection:
            connection.sendall(head.format(cookie, 5_000_000).encode())
            connection.settimeout(2)
            try:
                answers[cookie] = connection.recv(100).split(b"\r\n")[0]
            except TimeoutError:
                answers[cookie] = b"reads on"
    assert list(answers.values()) == [b"HTTP/1.1 413 Request Entity Too Large", b"reads on"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST /fi/account/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n", 413),
    ],
)
def test_what_the_server_refuses_by_itself_does_nothing_in_a_browser(
    lasting: Served, sent: bytes, status: int
) -> None:
    with lasting.connect() as connection:
        connection.sendall(sent)
        answer = connection.recv(2000).decode()
    # a head cut off before its end has no version that the server could answer in
    assert re.match(rf"HTTP/1\.[01] {status} ", answer), answer
    assert "\r\nContent-Security-Policy: default-src 'none'" in answer
    assert "\r\nX-Content-Type-Options: nosniff" in answer


def sign_in_form(served: Served) -> tuple[dict[str, str], str]:
    """The fields of a page for signing in, and the cookie that came with it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/fi/account/sign-in") as answer:
        page, cookie = answer.read().decode(), str(answer.headers["Set-Cookie"]).split(";")[0]
    hidden = re.findall(r'<input[^>]*type="hidden"[^>]*>', page)
    named = [(re.search(r'name="([^"]+)"', each), re.search(r'value="([^"]*)"', each)) for each in hidden]
    return {name[1]: value[1] for name, value in named if name and value}, cookie


def status_of(served: Served, path: str, entries: dict[str, str], cookie: str) -> tuple[int, str]:
    """The status of an answer and when to come again; `entries` are sent, if any."""
    data = urlencode(entries).encode() if entries else None
    call = urllib.request.Request(f"http://127.0.0.1:{served.port}{path}", data, {"Cookie": cookie})
    try:
        with urllib.request.urlopen(call, timeout=PATIENCE) as answer:
            return int(answer.status), ""
    except HTTPError as error:
        error.close()
        return error.code, str(error.headers["Retry-After"])


def test_floods_of_two_kinds_of_slow_work_leave_threads_for_pages(
    template_database: str, tmp_path: Path
) -> None:
    served = start(template_database, tmp_path, WEB_WORKERS="1")
    forms = [sign_in_form(served) for _time in range(8)]
    wanted = [
        ("/fi/account/sign-in", fields | {"email": f"x{number}@example.fi", "password": "ei mikään"}, cookie)
        for number, (fields, cookie) in enumerate(forms)
    ]
    wanted += [(f"/fi/providers/list.{kind}", {}, "") for kind in ("csv", "xlsx") for _time in range(4)]
    turns = tmp_path / "data" / "turns"
    with ExitStack() as stack, ThreadPoolExecutor(len(wanted)) as pool:
        stack.callback(served.program.communicate, timeout=PATIENCE)
        stack.callback(served.program.terminate)
        for slow in (Slow.HASH, Slow.LIST):  # what is asked for takes as long as anybody waits
            for number in range(KINDS[slow].at_once):
                lock = stack.enter_context((turns / slow / str(number)).open("w"))
                fcntl.flock(lock, fcntl.LOCK_EX)
        asked = [pool.submit(status_of, served, *each) for each in wanted]
        while sum(each.done() for each in asked) < len(wanted) - 2:
            time.sleep(0.02)
        assert served.get("/fi/account/sign-in") == 200
        still_waiting = [each for each in asked if not each.done()]
        told = [each.result() for each in asked]
    assert len(still_waiting) == 2, "as many as may wait, and both of them still do"
    assert {status for status, _wait in told} == {503}
    assert {wait for _status, wait in told} == {"5", "10"}


CHUNKED = b"0\r\n\r\nGET /fi/services HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked",
        b"HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5",
        b"HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked",
        b"HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 5",
        b"HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 5",
        b"HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5",
        b"HTTP/1.1\r\nHost: localhost\r\nHost: another.example\r\nContent-Length: 5",
        b"HTTP/1.1\r\nContent-Length: 5",
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused_and_what_follows_is_not_read(
    lasting: Served, head: bytes
) -> None:
    with lasting.connect() as connection:
        connection.settimeout(10)
        connection.sendall(b"POST /fi/account/sign-in " + head + b"\r\n\r\n" + CHUNKED)
        answer = b""
        with suppress(ConnectionResetError):
            while taken := connection.recv(4000):
                answer += taken
    assert re.match(rb"HTTP/1\.[01] 400 ", answer), answer
    assert answer.count(b"HTTP/1.") == 1, "a request that was hidden in another is not answered"


def is_refused(connection: socket.socket) -> bool:
    """Whether the portal has said already that it has no place for what is being sent."""
    connection.setblocking(False)
    try:
        return connection.recv(100, socket.MSG_PEEK).startswith(b"HTTP/1.1 503")
    except BlockingIOError:
        return False


def test_only_so_many_large_bodies_are_received_at_once(lasting: Served) -> None:
    head = b"POST /fi/ HTTP/1.1\r\nHost: localhost\r\nCookie: session=x\r\nContent-Length: 5000000\r\n\r\nx"
    with ExitStack() as stack:
        many = [stack.enter_context(lasting.connect()) for _ in range(2 * 16 + 20)]
        for connection in many:
            connection.sendall(head)
        assert eventually(lambda: sum(map(is_refused, many)) >= 20)
        assert lasting.get("/healthz") == 200
