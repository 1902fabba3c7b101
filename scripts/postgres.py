"""Run a command with a PostgreSQL server of its own.

The server lives in a temporary directory (in memory where there is room), listens on a socket in it and nowhere
else, never waits for the disk and is gone when the command ends. The command finds it in `TEST_POSTGRES_URL`, as a
superuser who may create and drop databases:

    python -m scripts.postgres -- .venv/bin/python -m pytest -m postgres
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

MEMORY = Path("/dev/shm")  # noqa: S108 - a private directory is made in it
LEAST_MEMORY = 1 << 30
START_SECONDS = 60
UNPRIVILEGED = ("postgres", "nobody")
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "max_parallel_workers_per_gather": "0",
    "shared_buffers": "128MB",
    "log_min_messages": "warning",
}


class PostgresError(Exception):
    """The server cannot be started; the message says why."""


def binaries() -> Path:
    """The directory of the newest installed `initdb` and `postgres`. Raises `PostgresError` when there is none."""
    on_path = shutil.which("initdb")
    if on_path and shutil.which("postgres"):
        return Path(on_path).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not debian:
        raise PostgresError("PostgreSQL is not installed: apt-get install postgresql")
    return debian[-1].parent


@contextmanager
def server() -> Iterator[str]:
    """A running server for the time of the block; gives its SQLAlchemy URL."""
    programs = binaries()
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > LEAST_MEMORY
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=MEMORY if roomy else None))
    owner = owner_of(folder)
    log = folder / "log"
    try:
        init = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "tester", "--auth=trust"]
        made = subprocess.run(
            [*init, "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            **owner,
        )
        if made.returncode:
            raise PostgresError(f"initdb failed:\n{made.stdout}{made.stderr}")
        options = [f"--{name}={value}" for name, value in OPTIONS.items()]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *options],
                cwd=folder,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a Ctrl-C ends the tests first and the server after them
                **owner,
            )
        try:
            _wait(process, programs, folder)
            yield f"postgresql+psycopg://tester@/postgres?host={folder}"
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown: open sessions are ended
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def owner_of(folder: Path) -> dict[str, Any]:
    """For root: hand the directory to a person without rights, and the arguments that run a program as that person.

    PostgreSQL refuses to run as root.
    """
    if os.geteuid() != 0:
        return {}
    for name in UNPRIVILEGED:
        try:
            shutil.chown(folder, user=name)
        except LookupError:
            continue
        return {"user": name, "extra_groups": []}
    raise PostgresError(f"PostgreSQL does not run as root, and there is no user {' or '.join(UNPRIVILEGED)}")


def _wait(process: subprocess.Popen[bytes], programs: Path, folder: Path) -> None:
    """Return when the server answers. Raises `PostgresError` with its log when it ends or stays silent."""
    ready = [str(programs / "pg_isready"), "-q", "-h", str(folder), "-U", "tester"]
    for _ in range(START_SECONDS * 20):
        if process.poll() is not None:
            break
        if subprocess.run(ready, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise PostgresError(f"the server did not start:\n{(folder / 'log').read_text('utf-8', 'replace')}")


def _terminated(signum: int, _frame: FrameType | None) -> None:
    """Leave by way of every `finally` when somebody ends this program."""
    sys.exit(128 + signum)


def run(command: Sequence[str]) -> int:
    """Run `command` with `TEST_POSTGRES_URL` set; give its exit status, which Ctrl-C leaves to the command itself."""
    with server() as url, subprocess.Popen(command, env={**os.environ, "TEST_POSTGRES_URL": url}) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue
            except SystemExit:
                child.terminate()
                raise


def main() -> None:
    """Take the command after `--` and end as it ends."""
    command = [argument for at, argument in enumerate(sys.argv[1:]) if at or argument != "--"]
    if not command:
        sys.exit("Give a command after --")
    signal.signal(signal.SIGTERM, _terminated)
    try:
        sys.exit(run(command))
    except PostgresError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
