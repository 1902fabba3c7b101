"""Serving: one process loads the program and keeps the others, which are forked from it.

They are the web processes, the worker and the reader of words. The keeper opens the port, does nothing else than start
again who died, and hands signals on. The others end when it ends, even when it is killed. Requests are read whole by
one thread of each web process before a page's thread sees them, so that a slow sender keeps nobody waiting; what is
read for strangers, and for how long, has its limits.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import time
import traceback
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from typing import Any, Final

import click
from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.utilities import Error, RequestEntityTooLarge

from marketplace import slow_work, tracing
from marketplace.config import ConfigurationError
from marketplace.web import logs

READING_SECONDS: Final = 60.0
"""From the first byte of a request to its last; who takes longer is cut off."""

SMALL_BODY: Final = 1 << 20
"""Bytes that anybody may send; more needs the portal's cookie and a known length."""

LARGE_BODIES: Final = 16
"""Larger bodies that one web process receives at a time."""

CONNECTIONS: Final = 1000
"""Open connections of one web process; more wait outside."""

GRACE: Final = 15.0
"""Seconds that a process has for what it is in the middle of when it is asked to end."""

LIVED_TOO_SHORT: Final = 5.0
"""Seconds; a process that dies earlier is not started again at once."""

_PR_SET_PDEATHSIG: Final = 1
_WATCHED: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD})

_log = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """The open port. Raises ClickException with one line when it cannot be had."""
    try:
        family, *_rest, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        reason = error.strerror or str(error)
        raise click.ClickException(
            f"{host}:{port} cannot be listened on: {reason}. Set HOST and PORT, or end what runs there."
        ) from error
    return listener


def apart(work: Callable[[], object]) -> int:
    """Do something in a process of its own and wait for it; its exit status. What it loads and opens ends with it."""
    child = _fork(work)
    _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def keep(
    posts: Mapping[str, Callable[[], object]], ended: Callable[[int], object] = lambda _pid: None
) -> int:
    """Keep a process for each name doing its work, until a signal comes; the exit status.

    One that ends is started again. SIGTERM and SIGINT end everything in good order, SIGHUP makes the access log open
    its file again. `ended` is told the number of each process that has ended.
    """
    gc.collect()
    gc.freeze()  # pages of the loaded program stay shared: no later collection writes into them
    return _Keeper([_Post(name, work) for name, work in posts.items()], ended).run()


@dataclass
class _Post:
    """A process to keep: what it does, and its number while it lives."""

    name: str
    work: Callable[[], object]
    pid: int = 0
    status: int = 0
    born: float = 0.0

    def fill(self) -> None:
        self.pid, self.born = _fork(self.work), time.monotonic()


@dataclass
class _Keeper:
    """Keeps its posts filled. Signals are taken one by one where it waits, never in the middle of something."""

    posts: list[_Post]
    ended: Callable[[int], object]

    def run(self) -> int:
        signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
        for post in self.posts:
            post.fill()
        while True:
            received = signal.sigwait(_WATCHED)
            if received == signal.SIGHUP:
                self._tell(signal.SIGHUP)
            elif received == signal.SIGCHLD:
                self._fill_again(self._reap())
            else:
                return self._end()

    def _tell(self, number: int) -> None:
        for post in self.posts:
            if post.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(post.pid, number)

    def _reap(self) -> list[_Post]:
        """The posts whose process has ended, now empty."""
        empty = []
        for post in self.posts:
            if post.pid:
                pid, status = os.waitpid(post.pid, os.WNOHANG)
                if pid:
                    self.ended(pid)
                    post.pid, post.status = 0, os.waitstatus_to_exitcode(status)
                    empty.append(post)
        return empty

    def _fill_again(self, empty: Iterable[_Post]) -> None:
        for post in empty:
            if post.status:
                _log.warning("the %s has died (%s) and is started again", post.name, post.status)
            if time.monotonic() - post.born < LIVED_TOO_SHORT:
                time.sleep(1)
            post.fill()

    def _end(self) -> int:
        self._tell(signal.SIGTERM)
        until = time.monotonic() + GRACE + 5
        while any(post.pid for post in self.posts) and time.monotonic() < until:
            signal.sigtimedwait({signal.SIGCHLD}, 0.5)
            self._reap()
        self._tell(signal.SIGKILL)
        return 0


def _fork(work: Callable[[], object]) -> int:
    """The number of a new process that does `work` and ends; it is ended when this one dies."""
    sys.stdout.flush()
    sys.stderr.flush()
    keeper = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        die_with(keeper)
        for number in _WATCHED:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _WATCHED)
        work()
        status = 0
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except ConfigurationError as error:
        for problem in error.problems:
            click.echo(f"Error: {problem}", err=True)
        status = 2
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else 1
    except BaseException:  # noqa: BLE001 - the last frame of this process: nobody above could tell of it
        traceback.print_exc()
    finally:
        tracing.flush()
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def die_with(keeper: int) -> None:
    """Have the kernel end this process when the one that keeps it is gone, however it went (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != keeper:  # it died before the kernel was asked
        os._exit(0)


# --- one web process ------------------------------------------------------------------------------------------------


class _Busy(Error):
    """The answer while too many large bodies are being received."""

    code = 503
    reason = "Service Unavailable"


class _Parser(HTTPRequestParser):
    """Reads a request; a body that is larger than anybody may send is refused before it is received."""

    adj: Adjustments
    cookie_name = ""
    large: weakref.WeakSet[_Parser] = weakref.WeakSet()

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head, and look at what is to follow. Raises ParsingError for what can be read in two ways."""
        super().parse_header(header_plus)
        self._demand_one_meaning()
        if self.content_length <= SMALL_BODY and not self.chunked:
            return
        if self.chunked or f"{self.cookie_name}=" not in self.headers.get("COOKIE", ""):
            self._limit_body(SMALL_BODY)
        elif len([each for each in self.large if not each.completed]) >= LARGE_BODIES:
            self._refuse(_Busy("too many uploads at once: try again in a minute"))
        else:
            self.large.add(self)

    def _demand_one_meaning(self) -> None:
        """Where the request ends, and which host it is for: what a proxy before us may have read otherwise is refused
        (RFC 9112 3.2, 6.1 and 6.3), so that nobody hides a request in another's.
        """
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("both Content-Length and Transfer-Encoding")
        if "TRANSFER_ENCODING" in self.headers:  # still there: only HTTP/1.1 has it
            raise ParsingError("Transfer-Encoding in a version that has none")
        if "," in self.headers.get("HOST", ""):
            raise ParsingError("more than one Host")
        if self.version == "1.1" and "HOST" not in self.headers:
            raise ParsingError("no Host")

    def _limit_body(self, size: int) -> None:
        if self.content_length > size:
            self._refuse(RequestEntityTooLarge(f"more than {size} bytes"))
            return
        self.adj = _with_body(self.adj, size)

    def _refuse(self, error: Any) -> None:
        self.error, self.completed, self.connection_close = error, True, True


def _with_body(adj: Adjustments, size: int) -> Adjustments:
    """The same adjustments with another limit for the body."""
    limited = object.__new__(Adjustments)
    limited.__dict__.update(adj.__dict__)
    limited.max_request_body_size = size
    return limited


class _Refusal(ErrorTask):
    """The server's own answer to what never reaches the portal: a line that the browser shows and makes nothing of."""

    def execute(self) -> None:
        """Write the answer."""
        self.response_headers.extend(
            [
                ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
                ("X-Content-Type-Options", "nosniff"),
                ("Cache-Control", "no-store"),
            ]
        )
        super().execute()


class _Channel(HTTPChannel):
    """A connection that knows since when it has been receiving the present request."""

    error_task_class = _Refusal
    receiving_since: float | None = None

    def received(self, data: bytes) -> bool:
        """Take what has come."""
        taken: bool = super().received(data)
        if self.request is None:
            self.receiving_since = None
        elif self.receiving_since is None:
            self.receiving_since = time.time()
        return taken


class _Server(TcpWSGIServer):
    """Reads requests whole, in one thread, and hands them to the threads that answer."""

    channel_class = _Channel

    def maintenance(self, now: float) -> None:
        """Cut off who keeps silent or takes too long to say what they want."""
        super().maintenance(now)
        for channel in self.active_channels.values():
            since = channel.receiving_since
            if since is not None and now - since > READING_SECONDS:
                channel.will_close = True

    def is_busy(self) -> bool:
        """Whether somebody still waits for an answer or its end."""
        return any(channel.requests or channel.total_outbufs_len for channel in self.active_channels.values())


def web(app: Flask, listener: socket.socket, threads: int) -> None:
    """Answer requests on the open port until SIGTERM comes; those in hand are answered first."""
    slow_work.leave_room(threads)
    ending: list[int] = []
    _Channel.parser_class = type("_AppParser", (_Parser,), {"cookie_name": app.config["SESSION_COOKIE_NAME"]})
    logging.getLogger("waitress.queue").setLevel(
        logging.ERROR
    )  # tells of every moment in which somebody waits
    adjustments = Adjustments(
        sockets=[listener],
        threads=threads,
        ident=None,
        clear_untrusted_proxy_headers=False,  # the application trusts as many proxies as TRUSTED_PROXIES says
        connection_limit=CONNECTIONS,
        cleanup_interval=5,
        channel_timeout=int(READING_SECONDS),
        log_socket_errors=False,
        max_request_header_size=32 * 1024,
        max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1,
    )
    place = (listener.family, listener.type, listener.proto, listener.getsockname())
    server = _Server(
        _logged(app, os.environ.get("ACCESS_LOG"), in_json=app.extensions["settings"].json_logs),
        map={},
        _sock=listener,
        adj=adjustments,
        sockinfo=place,
        bind_socket=False,
    )

    def end(number: int, _frame: object) -> None:
        ending.append(number)
        server.pull_trigger()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everybody; the keeper decides
    signal.signal(signal.SIGHUP, lambda _number, _frame: _access_log_file_anew())
    while not ending:
        wasyncore.loop(timeout=30, use_poll=True, map=server._map, count=1)  # noqa: SLF001 - as its own `run` does
    server.accepting = False
    until = time.monotonic() + GRACE
    while server.is_busy() and time.monotonic() < until:
        wasyncore.loop(timeout=0.5, use_poll=True, map=server._map, count=1)  # noqa: SLF001


Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_access = logging.getLogger("marketplace.access")


def _logged(app: Wsgi, place: str | None, *, in_json: bool = False) -> Wsgi:
    """The application with an access log in the file `place`, on the terminal for `-`; as it is when None or empty."""
    if not place:
        return app
    _access.setLevel(logging.INFO)
    _access.propagate = False
    handler = (
        logging.StreamHandler(sys.stdout) if place == "-" else WatchedFileHandler(place, encoding="utf-8")
    )
    handler.setFormatter(logs.JsonLines() if in_json else logging.Formatter("%(message)s"))
    _access.handlers = [handler]

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()
        seen: list[Any] = ["-", []]

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            seen[:] = status[:3], headers
            return start_response(status, headers, *rest)

        body = app(environ, start)
        size = next((value for name, value in seen[1] if name.lower() == "content-length"), "-")
        milliseconds = (time.perf_counter() - began) * 1000
        if in_json:
            _access.info("", logs.access_line(environ, seen[0], size, milliseconds))
            return body
        _access.info(
            '%s [%s] "%s %s" %s %s %.0f ms',
            environ.get("REMOTE_ADDR", "-"),  # after the application: the visitor's, not the proxy's
            datetime.now(UTC).isoformat(timespec="milliseconds"),
            environ["REQUEST_METHOD"],
            # without what follows `?`: the keys of links from mails, and what people search for
            logs.without_keys(environ.get("REQUEST_URI", environ.get("PATH_INFO", "-"))),
            seen[0],
            size,
            milliseconds,
        )
        return body

    return answer


def _access_log_file_anew() -> None:
    for handler in _access.handlers:
        if isinstance(handler, WatchedFileHandler):
            handler.reopenIfNeeded()
