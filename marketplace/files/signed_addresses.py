"""Addresses under which a browser fetches one content from an S3 store for a short time.

They are signed as Amazon describes it (Signature Version 4, in the query); the store itself checks signature and time.
The names of the download and its type are part of what is signed.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from marketplace.backends import S3Access

LASTS: Final = timedelta(minutes=1)
"""The browser follows the address at once; who finds it later finds nothing."""


@dataclass(frozen=True, slots=True)
class Download:
    """How a content is handed out: what it is called, its media type, and the moment of the question."""

    name: str
    media_type: str
    now: datetime


def signed_address(address: str, bucket: str, key: str, access: S3Access, download: Download) -> str:
    """The address of `key` in the store that browsers reach at `address`; it holds for LASTS."""
    moment = download.now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{access.region}/s3/aws4_request"
    path = quote(f"{urlsplit(address).path.rstrip('/')}/{bucket}/{key}")
    query = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in sorted(
            {
                "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
                "X-Amz-Credential": f"{access.key}/{scope}",
                "X-Amz-Date": moment,
                "X-Amz-Expires": str(int(LASTS.total_seconds())),
                "X-Amz-SignedHeaders": "host",
                "response-cache-control": "private, no-store",
                "response-content-disposition": f"attachment; filename*=UTF-8''{quote(download.name, safe='')}",
                "response-content-type": download.media_type,
            }.items()
        )
    )
    host = urlsplit(address).netloc
    asked = f"GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
    to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    signing = f"AWS4{access.secret}".encode()
    for part in (moment[:8], access.region, "s3", "aws4_request"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    signature = hmac.digest(signing, to_sign.encode(), "sha256").hex()
    return f"{urlsplit(address).scheme}://{host}{path}?{query}&X-Amz-Signature={signature}"
