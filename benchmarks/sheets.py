"""What the most expensive files cost that somebody may send where a table is asked for.

python -m benchmarks.sheets

For each file: its size, the time of the processor and by the clock, and the largest memory of the process that read it.
"""

import subprocess
import sys
import time

from marketplace.sheets.reading import CHILD
from tests.sheets.books import HARMFUL


def cost(content: bytes) -> tuple[float, float, int, str]:
    """Seconds of the processor, seconds by the clock, megabytes, and what became of the file."""
    measured = (
        "import resource, subprocess, sys\n"
        "done = subprocess.run([sys.executable, '-I', '-X', 'utf8', sys.argv[1]], stdin=sys.stdin, "
        "capture_output=True, env={})\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, done.returncode, done.stdout[:60])"
    )
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", measured, str(CHILD)], input=content, capture_output=True, check=True
    )
    seconds, megabytes, outcome = done.stdout.decode().split(" ", 2)
    return float(seconds), time.perf_counter() - began, int(megabytes), outcome.strip()


def main() -> None:
    """Measure every file."""
    print(f"{'file':<36} {'KB':>7} {'cpu s':>6} {'clock s':>7} {'MB':>5}  outcome")
    for name, made in HARMFUL.items():
        content = made()
        seconds, clock, megabytes, outcome = cost(content)
        print(f"{name:<36} {len(content) / 1024:7.0f} {seconds:6.2f} {clock:7.2f} {megabytes:5}  {outcome}")


if __name__ == "__main__":
    main()
