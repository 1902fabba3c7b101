"""Of a whole lock with an optional extra, only what the lock without it does not hold: what is installed beside it.

uv pip compile … --extra tracing | python -m scripts.extra_lock requirements.lock > requirements-tracing.lock
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_ENTRY = re.compile(r"^(?=[a-z0-9])", re.MULTILINE)


def entries(lock: str) -> Iterator[tuple[str, str]]:
    """Each library of a lock with its lines."""
    for entry in _ENTRY.split(lock)[1:]:
        yield entry.partition("==")[0], entry


def beside(whole: str, without: str) -> str:
    """The lines of the libraries that are in `whole` and not in `without`, with the head of a lock."""
    held = {name for name, _entry in entries(without)}
    return _ENTRY.split(whole)[0] + "".join(entry for name, entry in entries(whole) if name not in held)


if __name__ == "__main__":
    sys.stdout.write(beside(sys.stdin.read(), Path(sys.argv[1]).read_text("utf-8")))
