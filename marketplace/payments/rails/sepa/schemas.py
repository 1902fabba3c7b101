"""The official schemas of the messages that are written and read here, byte for byte as their digests say.

Each message has a name of its own, which is also the last part of its namespace: `pain.001.001.09`. `README.md` beside
the schemas says where each comes from.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Final

from lxml import etree

FOLDER: Final = Path(__file__).parent / "schemas"

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:"

DIGESTS: Final = {
    "camt.053.001.02": "d664afd198d1f36386a14e2bfd0505c80c1291a5357d8132aa6ab5443a6f2f3d",
    "camt.053.001.08": "338e9cb0c9989b5181802a7b773eece070d6815fc9d6483ac0579117bc24ccba",
    "camt.054.001.02": "7ff18dd9ceb927ea6576cc1c367b1e14aa10df3332b21629e1ca5d001fa4cada",
    "camt.054.001.08": "13d220337d47e22cf25788807c136794a76955791df612c6947277272d440da6",
    "pain.001.001.03": "6bb5c6f24250ab807f31f6164142bafd6d43bad8d162a926e258ff4c11e128af",
    "pain.001.001.09": "de038b373e47b0077b1832ddd81f4b2f1eb25d35721f62da1e38b7f5a09fda24",
    "pain.002.001.03": "dfb211e63f09825ea89f0ceee870db9e82ab2840fbe8b8148d9c4c2a9a99fd87",
    "pain.002.001.10": "2f9f8d0e9891fa9f31ccf0576397afe501614384d688ae6e43ba694b3d24b0cf",
}
"""SHA-256 of each schema by the name of its message."""


class DamagedSchema(RuntimeError):
    """A schema on this machine is not the one that it should be: nothing is written or read by it."""


@cache
def schema_of(message: str) -> Any:
    """The compiled schema of a message by its name. Raises KeyError for another message and DamagedSchema."""
    digest = DIGESTS[message]
    content = (FOLDER / f"{message}.xsd").read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise DamagedSchema(f"{message}.xsd has been changed")
    return etree.XMLSchema(
        etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    )
