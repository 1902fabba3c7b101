"""Places of contents for the tests: a folder always, a bucket of a real S3 server where TEST_S3_URL names one.

`make test-cluster` starts the server (`scripts/cluster.py`) and sets TEST_S3_URL to its address.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from marketplace.backends import S3Access
from marketplace.files.contents import BucketContents, ContentStore, FolderContents

SERVER = os.environ.get("TEST_S3_URL", "")
BUCKET = "files"
ACCESS = S3Access(SERVER, "us-east-1", "portal", "a secret of the tests")
KINDS = ["folder", *(["bucket"] if SERVER else [])]


def bucket(*, access: S3Access = ACCESS, public: str = "") -> BucketContents:
    """A part of the tests' bucket that nobody else has."""
    return BucketContents(BUCKET, uuid.uuid4().hex, access, public=public)


def place(kind: str, folder: Path) -> ContentStore:
    """An empty place of one kind."""
    return FolderContents(folder) if kind == "folder" else bucket()
