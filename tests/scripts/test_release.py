"""What goes out with a release: the bill of materials, and an archive that runs without Node and without a clone."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

from marketplace.config import ROOT, VERSION
from scripts import archive, sbom


def test_the_bill_names_every_library_with_version_hash_and_licence() -> None:
    bill = sbom.bill(ROOT)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    found = {each["name"]: each for each in bill["components"]}
    assert len(found) == len(bill["components"])
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert all(f"{name}==" in lock for name, each in found.items() if each["purl"].startswith("pkg:pypi/"))
    flask = found["flask"]
    assert flask["purl"] == f"pkg:pypi/flask@{flask['version']}"
    assert flask["licenses"] == [{"expression": "BSD-3-Clause"}]
    assert flask["properties"]
    design = found["@digdir/designsystemet-css"]
    assert design["purl"].startswith("pkg:npm/%40digdir/designsystemet-css@")
    assert len(design["hashes"][0]["content"]) == 128
    assert not {"axe-core", "pytest"} & found.keys()
    assert {each["bom-ref"] for each in bill["components"]} == set(bill["dependencies"][0]["dependsOn"])


def test_the_archive_is_the_same_each_time_and_runs_by_itself(tmp_path: Path) -> None:
    paths = archive.members(ROOT)
    target, again = (
        tmp_path / f"palvelutori-{VERSION}.tar.gz",
        tmp_path / "again" / f"palvelutori-{VERSION}.tar.gz",
    )
    again.parent.mkdir()
    for each in (target, again):
        archive.write(ROOT, each, paths)
    assert target.read_bytes() == again.read_bytes()
    with tarfile.open(target) as packed:
        names = packed.getnames()
        packed.extractall(tmp_path, filter="data")
    top = f"palvelutori-{VERSION}"
    for name in (
        "marketplace/static/dist/manifest.json",
        "translations/sv/LC_MESSAGES/messages.mo",
        "requirements.lock",
    ):
        assert f"{top}/{name}" in names
    assert not any(name.startswith((f"{top}/tests", f"{top}/package")) for name in names)
    done = subprocess.run(
        [sys.executable, "-m", "marketplace", "check"],
        cwd=tmp_path / top,
        env={
            "PATH": os.environ["PATH"],
            "DATA_DIR": str(tmp_path / "data"),
            "PYTHONPATH": str(tmp_path / top),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert "front-end files are missing" not in done.stderr
    assert "pages show English" not in done.stderr
    assert "the database is at revision None" in done.stderr, done.stderr
