"""The software bill of materials of the portal (CycloneDX 1.6), made from the lock files alone.

Every library of Python with its version, hashes and licence, and every package that the front end is made of. What only
tests the portal is not in it.

    python -m scripts.sbom build/sbom.json
"""

import base64
import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def python_components(lock: str) -> list[dict[str, Any]]:
    """The libraries that a lock file of Python pins."""
    pins = list(_PIN.finditer(lock))
    ends = [pin.start() for pin in pins[1:]] + [len(lock)]
    return [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{pin['name']}@{pin['version']}",
            "name": pin["name"],
            "version": pin["version"],
            "purl": f"pkg:pypi/{pin['name']}@{pin['version']}",
            "licenses": _python_licence(pin["name"]),
            "properties": [
                {"name": "palvelutori:sha256", "value": each} for each in _HASH.findall(lock[pin.end() : end])
            ],
        }
        for pin, end in zip(pins, ends, strict=True)
    ]


def _python_licence(name: str) -> list[dict[str, Any]]:
    """What the installed library says of its licence; nothing where it says nothing, or is not needed here."""
    try:
        told: Any = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    if expression := told.get("License-Expression"):
        return [{"expression": expression}]
    classified = [
        each.rpartition(" :: ")[2] for each in told.get_all("Classifier") or () if "License ::" in each
    ]
    named = classified or [line for line in (told.get("License") or "").splitlines()[:1] if line]
    return [{"license": {"name": each}} for each in named]


def front_end_components(lock: dict[str, Any]) -> list[dict[str, Any]]:
    """The packages that the front end is made of: those of the lock file that are no tools."""
    found = []
    for place, entry in lock["packages"].items():
        if not place or entry.get("dev") or entry.get("optional"):
            continue
        name = place.rpartition("node_modules/")[2]
        purl = f"pkg:npm/{name.replace('@', '%40', 1)}@{entry['version']}"
        kind, _dash, digest = entry.get("integrity", "").partition("-")
        hashed = {"alg": "SHA-512", "content": base64.b64decode(digest).hex()}
        found.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": name,
                "version": entry["version"],
                "purl": purl,
                "licenses": [{"expression": entry["license"]}] if "license" in entry else [],
                "hashes": [hashed] if kind == "sha512" else [],
            }
        )
    return found


def bill(root: Path) -> dict[str, Any]:
    """The whole bill."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    components = [
        *python_components((root / "requirements.lock").read_text("utf-8")),
        *front_end_components(json.loads((root / "package-lock.json").read_text("utf-8"))),
    ]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "palvelutori",
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"expression": project["license"]}],
            }
        },
        "components": components,
        "dependencies": [{"ref": "palvelutori", "dependsOn": sorted(each["bom-ref"] for each in components)}],
    }


def main() -> None:
    """Write the bill into the file that is named."""
    if len(sys.argv) != 2:
        sys.exit("Give the file to write")
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bill(ROOT), indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
