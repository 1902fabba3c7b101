"""`make archive` has the colours of whose folder of pilots it is given, however old the files there are."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from marketplace.config import ROOT

NEEDED = ("scripts/themes.py", "scripts/colours.mjs", "marketplace/pilots/data/themes.yaml")
STAMPS = ("machine", "runtime", "packages")


def test_colours_of_another_folder_are_made_however_old_they_are(tmp_path: Path) -> None:
    place, pilots, called = tmp_path / "portal", tmp_path / "county", tmp_path / "called"
    for name in (*NEEDED, *(f"build/stamps/{stamp}" for stamp in STAMPS)):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    shutil.copy(ROOT / "Makefile", place)
    (pilots / "data").mkdir(parents=True)
    (pilots / "data" / "themes.yaml").touch()
    for themes in (place / NEEDED[2], pilots / "data" / "themes.yaml"):
        os.utime(themes, (1, 1))
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\necho $PILOTS_DIR >> {called}\n", "utf-8")
    python.chmod(0o755)

    for folder in ("", str(pilots), str(pilots), ""):
        environment = {"PATH": os.environ["PATH"], "PILOTS_DIR": folder}
        old = [word for stamp in STAMPS for word in ("-o", f"build/stamps/{stamp}")]
        asked = ["make", "--no-print-directory", *old, f"BIN={python.parent}", "build/stamps/themes"]
        subprocess.run(asked, cwd=place, env=environment, check=True)
    assert called.read_text("utf-8").split("\n") == ["", str(pilots), "", ""]
