"""The archive under object lock in compliance mode: whoever has the portal's key cannot take a decision away.

Tried on SeaweedFS, which `make test-cluster` takes when `weed` is on the PATH; s3s-fs knows no object lock.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import requests

from marketplace.files.contents import BucketContents, FolderContents
from marketplace.files.store import FileStore
from tests.files.places import ACCESS, SERVER

ARCHIVE = "archive"
DECISION = b"%PDF-1.7 a decision"
XML = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
LOCK = (
    f"<ObjectLockConfiguration {XML}><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>"
    "<Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
).encode()

pytestmark = pytest.mark.skipif(not SERVER, reason="needs the S3 server of make test-cluster")


def ask(
    method: str, path: str, query: str = "", body: bytes = b"", *, bypass: bool = False
) -> requests.Response:
    """A request signed with the portal's key, as Amazon describes it (Signature Version 4, in the headers)."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    headers = {
        "host": urlsplit(SERVER).netloc,
        "content-md5": base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode(),
        "x-amz-content-sha256": digest,
        "x-amz-date": now,
        **({"x-amz-bypass-governance-retention": "true"} if bypass else {}),
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    asked = f"{method}\n{quote(path)}\n{query}\n{lines}\n{names}\n{digest}"
    scope = f"{now[:8]}/{ACCESS.region}/s3/aws4_request"
    key = f"AWS4{ACCESS.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={ACCESS.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return requests.request(
        method, f"{SERVER}{path}?{query}".rstrip("?"), headers=headers, data=body, timeout=30
    )


@pytest.fixture
def archive() -> BucketContents:
    """A part of the bucket in which whatever comes is kept for a day."""
    if ask("GET", f"/{ARCHIVE}", "object-lock=").status_code != 200:
        pytest.skip("this S3 server knows no object lock: put SeaweedFS (weed) on the PATH")
    kept = ask("PUT", f"/{ARCHIVE}", "object-lock=", LOCK)
    assert kept.status_code == 200, kept.text
    return BucketContents(ARCHIVE, uuid.uuid4().hex, ACCESS)


def versions(key: str) -> list[str]:
    """The versions of an object that the bucket holds, the newest first."""
    told = ask("GET", f"/{ARCHIVE}", f"prefix={quote(key, safe='')}&versions=").text
    found = re.findall(r"<Version>.*?</Version>", told, re.DOTALL)
    return [re.findall(r"<VersionId>([^<]+)", each)[0] for each in found]


def test_a_decision_is_neither_removed_nor_replaced_before_its_day(
    archive: BucketContents, tmp_path: Path
) -> None:
    store = FileStore(FolderContents(tmp_path), secret="s", limit=1000, archive=archive)
    digest = store.put(DECISION, media_type="application/pdf", name="d.pdf", archived=True).sha256
    key = f"{archive.prefix}/{digest[:2]}/{digest}"
    path = f"/{ARCHIVE}/{key}"
    held = ask("GET", path)
    assert (held.content, held.headers.get("x-amz-object-lock-mode")) == (DECISION, "COMPLIANCE")
    until = datetime.fromisoformat(held.headers["x-amz-object-lock-retain-until-date"])
    assert until > datetime.now(UTC) + timedelta(hours=23)
    [version] = versions(key)

    soon = (datetime.now(UTC) + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    shorter = f"<Retention {XML}><Mode>GOVERNANCE</Mode><RetainUntilDate>{soon}</RetainUntilDate></Retention>"
    refused = (
        ask("DELETE", path, f"versionId={version}"),
        ask("DELETE", path, f"versionId={version}", bypass=True),
        ask("PUT", path, f"retention=&versionId={version}", shorter.encode(), bypass=True),
    )
    assert [answer.status_code for answer in refused] == [403, 403, 403], [each.text for each in refused]

    ask("PUT", path, "", b"%PDF-1.7 another decision")
    archive.discard(digest)
    assert version in versions(key), "what comes over it or hides it leaves it where it is"
    assert ask("GET", path, f"versionId={version}").content == DECISION
    assert store.read(digest) == DECISION, "the first place has it as well"
