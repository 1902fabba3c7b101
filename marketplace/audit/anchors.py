"""Shipping checkpoints outside the portal: into an append-only file, or to a system log on another machine."""

from __future__ import annotations

import logging
import logging.handlers
import socket
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from marketplace.audit.proof import anchor_line, checkpoint
from marketplace.db import Database

SCHEMES = ("file", "syslog")
_log = logging.getLogger(__name__)


def ship(line: str, url: str) -> None:
    """Send a line to `file:///path` (appended to) or `syslog://host:port` (RFC 5424 facility `auth`, over UDP).

    An empty address writes it to the portal's own log. Raises OSError when it cannot be delivered.
    """
    target = urlsplit(url)
    if target.scheme == "file":
        with Path(target.path).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
    elif target.scheme == "syslog":
        address = (target.hostname or "localhost", target.port or logging.handlers.SYSLOG_UDP_PORT)
        priority = logging.handlers.SysLogHandler.LOG_AUTH << 3 | logging.handlers.SysLogHandler.LOG_NOTICE
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.sendto(f"<{priority}>palvelutori-audit: {line}".encode(), address)
    else:
        _log.info("audit checkpoint %s", line)


def write_checkpoint(database: Database, url: str, now: datetime, *, ends_former_keys: bool = False) -> bool:
    """The worker's duty: a checkpoint when something has happened, shipped before it counts; whether there was one.

    What cannot be shipped is not written either: the duty fails, is logged, and is tried again.
    """
    with database.transaction() as session:
        root = checkpoint(session, now, ends_former_keys=ends_former_keys)
        if root is None:
            return False
        ship(anchor_line(root), url)
    return True
