"""Run a command with an S3 server of its own, in a temporary directory, on a port of this machine.

SeaweedFS (`weed`) is taken when it is on the PATH, otherwise `build/bin/s3s-fs`, which `make test-cluster` builds. The
command finds its address in `TEST_S3_URL`; the buckets `files` and, with SeaweedFS, `archive` (object lock) are made.

    python -m scripts.s3_store -- .venv/bin/python -m pytest tests/files
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

OWN = Path(__file__).resolve().parent.parent / "build" / "bin" / "s3s-fs"
KEY, SECRET = "portal", "a secret of the tests"
START_SECONDS = 60
BUCKETS = "s3.bucket.create -name files\ns3.bucket.create -name archive -withLock\n"


class StoreError(Exception):
    """The server cannot be started; the message says why."""


@contextmanager
def server() -> Iterator[str]:
    """A running server for the time of the block; gives its address."""
    folder = Path(tempfile.mkdtemp(prefix="s3-"))
    log = folder / "log"
    try:
        with log.open("wb") as output:
            process, address = (_weed if shutil.which("weed") else _s3s)(folder, output)
            try:
                _wait(process, address, log)
                if shutil.which("weed"):
                    _make_buckets(address)
                yield address
            finally:
                process.terminate()
                process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _weed(folder: Path, output: IO[bytes]) -> tuple[subprocess.Popen[bytes], str]:
    port = _free_ports()
    key = {"accessKey": KEY, "secretKey": SECRET}
    rights = ["Admin", "Read", "Write", "List", "Tagging"]
    identity = {"name": KEY, "credentials": [key], "actions": rights}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}), "utf-8")
    (folder / "data").mkdir()
    ports = [
        f"-master.port={port}",
        f"-volume.port={port + 1}",
        f"-filer.port={port + 2}",
        f"-s3.port={port + 3}",
    ]
    command = [
        "weed",
        "server",
        f"-dir={folder / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        *ports,
    ]
    started = subprocess.Popen([*command, f"-s3.config={folder / 's3.json'}"], stdout=output, stderr=output)
    return started, f"http://127.0.0.1:{port + 3}"


def _make_buckets(address: str) -> None:
    master = int(address.rpartition(":")[2]) - 3
    for _ in range(20):
        made = subprocess.run(
            ["weed", "shell", f"-master=127.0.0.1:{master}"],
            input=BUCKETS, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip
        if "Object Lock: enabled" in made.stdout or "already exist" in made.stdout + made.stderr:
            return
        time.sleep(1)
    raise StoreError(f"the buckets could not be made:\n{made.stdout}{made.stderr}")


def _s3s(folder: Path, output: IO[bytes]) -> tuple[subprocess.Popen[bytes], str]:
    if not OWN.exists():
        raise StoreError("there is no S3 server: put weed on the PATH, or run make build/bin/s3s-fs")
    (folder / "data" / "files").mkdir(parents=True)
    port = _free_ports()
    command = [
        str(OWN),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--access-key",
        KEY,
        "--secret-key",
        SECRET,
    ]
    started = subprocess.Popen([*command, str(folder / "data")], stdout=output, stderr=output)
    return started, f"http://127.0.0.1:{port}"


def _free_ports() -> int:
    """The first of several ports that nobody has; SeaweedFS also takes those 10,000 above."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return 20_000 + int(asked.getsockname()[1]) % 20_000


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _ in range(START_SECONDS * 10):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - our own server
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise StoreError(f"the S3 server did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def main() -> None:
    """Take the command after `--` and end as it ends."""
    command = [argument for at, argument in enumerate(sys.argv[1:]) if at or argument != "--"]
    if not command:
        sys.exit("Give a command after --")
    try:
        with server() as address:
            sys.exit(
                subprocess.run(command, env={**os.environ, "TEST_S3_URL": address}, check=False).returncode
            )
    except StoreError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
