"""Looking behind a file store that keeps its contents in a folder of a test."""

from __future__ import annotations

from pathlib import Path

from marketplace.files.contents import FolderContents
from marketplace.files.store import FileStore


def folder_of(store: FileStore) -> Path:
    """The folder in which the store keeps everything."""
    assert isinstance(store.contents, FolderContents)
    return store.contents.folder


def path_of(store: FileStore, sha256: str) -> Path:
    """Where the store keeps a content."""
    assert isinstance(store.contents, FolderContents)
    return store.contents.path(sha256)
