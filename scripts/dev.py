"""The portal for those who work on it: `make dev`.

Code that is saved starts the portal again, a template or a data file is read at the next request, a fault shows the
debugger, and the worker runs beside it. Everything else is as `make serve` has it, with the same data; after a change
of CSS or JavaScript run `make assets`, and the next request has it.

The debugger lets whoever reaches it run any program, so the portal listens on this machine only.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from flask import Flask
from werkzeug.serving import is_running_from_reloader, run_simple

from marketplace.app import create_app
from marketplace.cli import prepare
from marketplace.config import ROOT
from marketplace.serving import die_with

HOST: Final = "127.0.0.1"


def for_developing(app: Flask) -> Flask:
    """The application with templates that are read again and faults that are not turned into pages."""
    if app.extensions["settings"].production:
        raise SystemExit("make dev shows a debugger: it does not run when MARKETPLACE_ENV=production")
    app.debug = True
    app.jinja_env.auto_reload = True
    return app


def worker_beside() -> subprocess.Popen[bytes]:
    """The worker in a process that ends with this one."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "marketplace", "worker"],
        cwd=ROOT,
        preexec_fn=partial(die_with, os.getpid()),  # noqa: PLW1509 - before any thread is started
    )
    atexit.register(worker.terminate)
    return worker


def watched() -> Iterator[Path]:
    """What starts the portal again beside code: compiled texts."""
    yield from (ROOT / "translations").glob("*/LC_MESSAGES/*.mo")


def main() -> None:
    """Set up once, then serve until stopped."""
    port = int(os.environ.get("PORT", "8000"))
    app = for_developing(create_app())
    if is_running_from_reloader():
        worker_beside()
    else:
        with app.app_context():
            prepare(f"http://{HOST}:{port}/", fresh=True)
    run_simple(
        HOST,
        port,
        app,
        use_reloader=True,
        use_debugger=True,
        threaded=True,
        extra_files=[str(path) for path in watched()],
        exclude_patterns=[str(ROOT / "tests" / "*"), str(ROOT / "var" / "*")],
    )


if __name__ == "__main__":
    main()
