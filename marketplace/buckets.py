"""Buckets of an S3 store: opening one, and what the portal calls it when the store does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from marketplace.backends import S3Access


class StoreAway(ConnectionError):
    """The store of files does not answer, or refuses the portal."""


def open_bucket(name: str, access: S3Access) -> Any:
    """The library's client of a bucket. A process makes its own: the client's threads do not survive a fork."""
    from obstore.store import S3Store

    return S3Store(
        name,
        endpoint=access.endpoint or None,
        region=access.region,
        access_key_id=access.key,
        secret_access_key=access.secret,
        checksum_algorithm="SHA256",
        client_options={"timeout": "30s", "connect_timeout": "3s", "allow_http": True},
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=10)},
    )


@contextmanager
def asked() -> Iterator[None]:
    """Whatever the store's client raises is StoreAway; what is missing is FileNotFoundError, as in a folder."""
    from obstore.exceptions import AlreadyExistsError, BaseError

    try:
        yield
    except (FileNotFoundError, AlreadyExistsError):
        raise
    except BaseError as error:
        raise StoreAway(f"the store of files does not answer: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
