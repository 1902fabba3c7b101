"""A portal with demo content for the time of a block: what the pictures and the measurements look at."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
_COMMAND = [sys.executable, "-m", "marketplace"]


@contextmanager
def served(environment: Mapping[str, str]) -> Iterator[str]:
    """Serve the portal of an environment on a free port for the time of the block; gives the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    own = {**environment, "HOST": "127.0.0.1", "PORT": port}
    with subprocess.Popen([*_COMMAND, "serve"], cwd=ROOT, env=own, stdout=subprocess.DEVNULL) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(server, address)
            yield address
        finally:
            server.terminate()


@contextmanager
def demo_portal(size: Sequence[str] = ()) -> Iterator[str]:
    """Load demo content into a database of its own (`size`: options of `demo load`), serve it, give the address."""
    with tempfile.TemporaryDirectory(prefix="portal-") as folder:
        environment = {**os.environ, "DATA_DIR": folder}
        for name in ("DATABASE_URL", "MAIL_URL", "PUBLIC_URL", "MARKETPLACE_ENV"):
            environment.pop(name, None)
        for words in (
            ["db", "upgrade"],
            ["pilots", "load", "--all"],
            ["demo", "load", *size],
            ["index", "rebuild"],
        ):
            start = time.perf_counter()
            subprocess.run([*_COMMAND, *words], cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
            print(f"{' '.join(words)}: {time.perf_counter() - start:.1f} s", file=sys.stderr)
        with served(environment) as address:
            yield address


def get_json(address: str, path: str) -> Any:
    """The JSON answer of the portal's API."""
    with urllib.request.urlopen(f"{address}/api/v1{path}", timeout=30) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def _wait(server: subprocess.Popen[bytes], address: str) -> None:
    """Return when the portal is ready; stop the program when it is not within a minute."""
    for _ in range(START_SECONDS * 4):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/readyz?deep", timeout=5).close()  # noqa: S310
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
        else:
            return
    sys.exit("The portal did not become ready")
