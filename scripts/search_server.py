"""Run a command with an OpenSearch server of its own, in a temporary directory, on ports of this machine.

`make test-cluster` fetches the node. The command finds its address in `TEST_SEARCH_URL`. Tests start servers of several
nodes themselves (`Server`).

    python -m scripts.search_server -- .venv/bin/python -m pytest tests/opensearch
"""

from __future__ import annotations

import os
import shutil
import signal
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

BUILT = Path(__file__).resolve().parent.parent / "build" / "opensearch"
START_SECONDS = 300
PLUGINS = (
    "org.opensearch.transport.Netty4Plugin",
    "org.opensearch.analysis.common.CommonAnalysisPlugin",
    "org.opensearch.painless.PainlessPlugin",
)


class ServerError(Exception):
    """The server cannot be started; the message says why."""


def is_built() -> bool:
    """Whether a node was fetched and can be run."""
    return (BUILT / "SearchNode.class").exists() and shutil.which("java") is not None


class Node:
    """One node: its folder, its ports, its process."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.name = name
        self.port, self.transport = _free_port(), _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, others: list[Node]) -> None:
        """Start it with what it held before; together with `others` it makes one server."""
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        settings = {
            "cluster.name": "tests",
            "node.name": self.name,
            "path.home": str(self.folder),
            "network.host": "127.0.0.1",
            "http.port": str(self.port),
            "transport.port": str(self.transport),
            "http.type": "netty4",
            "transport.type": "netty4",
            "node.store.allow_mmap": "false",
            "cluster.routing.allocation.disk.threshold_enabled": "false",
        }
        if len(others) > 1:
            settings["discovery.seed_hosts"] = ",".join(f"127.0.0.1:{each.transport}" for each in others)
            settings["cluster.initial_cluster_manager_nodes"] = others[0].name
        else:
            settings["discovery.type"] = "single-node"
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    "java", "-Xms384m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4",
                    f"-Djava.io.tmpdir={self.folder / 'tmp'}", "-Dlog4j2.level=WARN",
                    f"-Dplugins={','.join(PLUGINS)}", "-cp", f"{BUILT}:{BUILT}/*", "SearchNode",
                    *(f"{name}={value}" for name, value in settings.items()),
                ],
                stdout=log, stderr=log,
            )  # fmt: skip

    def wait(self, nodes: int) -> None:
        """Wait until it answers as one of so many nodes."""
        question = f"{self.address}/_cluster/health?wait_for_nodes=>={nodes}&timeout=1s"
        for _ in range(START_SECONDS * 5):
            if self.process is None or self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(question, timeout=5) as answer:  # noqa: S310 - our own server
                    if answer.status == 200:
                        return
            except urllib.error.HTTPError as error:
                error.close()
            except OSError:
                pass
            time.sleep(0.2)
        raise ServerError(
            f"OpenSearch did not start:\n{(self.folder / 'log').read_text('utf-8', 'replace')[-3000:]}"
        )

    def end(self, number: int = signal.SIGTERM) -> None:
        """Send it a signal and wait for its end."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=60)
            self.process = None


class Server:
    """A server of one node or several, which belong together."""

    def __init__(self, folder: Path, nodes: int = 1) -> None:
        self.nodes = [Node(folder, f"node{number}") for number in range(1, nodes + 1)]

    def start(self) -> None:
        """Start every node that does not run and wait for all of them."""
        for node in self.nodes:
            if node.process is None:
                node.start(self.nodes)
        for node in self.nodes:
            node.wait(len(self.nodes))

    def end(self) -> None:
        """Stop every node."""
        for node in self.nodes:
            node.end(signal.SIGKILL)

    def url(self, name: str = "offers") -> str:
        """The address as SEARCH_URL names it."""
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"opensearch://{hosts}/{name}"


@contextmanager
def server(nodes: int = 1) -> Iterator[Server]:
    """A running server for the time of the block."""
    if not is_built():
        raise ServerError("there is no OpenSearch: Java, Maven and make build/stamps/opensearch bring it")
    folder = Path(tempfile.mkdtemp(prefix="opensearch-"))
    made = Server(folder, nodes)
    try:
        made.start()
        yield made
    finally:
        made.end()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def main() -> None:
    """Take the command after `--` and end as it ends."""
    command = [argument for at, argument in enumerate(sys.argv[1:]) if at or argument != "--"]
    if not command:
        sys.exit("Give a command after --")
    try:
        with server() as running:
            environment = {**os.environ, "TEST_SEARCH_URL": running.url()}
            sys.exit(subprocess.run(command, env=environment, check=False).returncode)
    except ServerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
