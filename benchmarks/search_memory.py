"""How much memory a web process holds that serves an index: the whole portal loaded, every kind of question asked."""

import multiprocessing
import queue
from pathlib import Path
from typing import Any

from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import SearchQuery

_PATIENCE = 120.0


def of_a_web_process(folder: Path, asked: list[SearchQuery]) -> float:
    """Megabytes that a process of its own holds after answering the questions, shared pages of files included."""
    context = multiprocessing.get_context("spawn")
    answers: Any = context.Queue()
    process = context.Process(target=_serve, args=(folder, asked, answers))
    process.start()
    try:
        megabytes: float = answers.get(timeout=_PATIENCE)
    except queue.Empty:
        return float("nan")
    finally:
        process.join()
    return megabytes


def _serve(folder: Path, asked: list[SearchQuery], answers: Any) -> None:
    import marketplace.app  # noqa: F401 - what a web process has loaded

    catalogue = Catalogue(folder)
    for question in asked:
        catalogue.index.search(question)
    for language in ("fi", "sv"):
        catalogue.suggestions(language)
    catalogue.corrector().nearest("päivätoimnta")
    answers.put(_resident())


def _resident() -> float:
    """Resident megabytes of this process."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")
