"""Logs as lines of JSON, for machines that gather them: who asked is in none of them.

Of an error stand its class and where it happened. What it says stays out, because it may repeat what people wrote.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from flask import Flask, g, has_request_context

from marketplace.web.measuring import REQUEST_ID, ROUTE


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, and the id of the request in which it was made."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if isinstance(record.args, Mapping) and not record.msg:
            told |= record.args
        else:
            told["message"] = record.getMessage()
        if has_request_context() and "request_id" in g:
            told["request"] = g.request_id
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            told["error"] = type(error).__name__
            told["where"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)
            ]
        return json.dumps(told, ensure_ascii=False, default=str)


def in_json(app: Flask) -> None:
    """Have everything that is logged written to the terminal as lines of JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.getLogger().handlers = [handler]
    app.logger.handlers = []


_KEY: Final = re.compile(r"/[A-Za-z0-9_-]{32,}(?=/|$)")


def without_keys(address: str) -> str:
    """An address as a log may keep it: without what follows `?`, and without keys that older links have in the path."""
    return _KEY.sub("/…", address.partition("?")[0])


def access_line(environ: Mapping[str, Any], status: str, size: str, milliseconds: float) -> dict[str, Any]:
    """What the access log says of a request: the pattern of its address, and nothing of the visitor."""
    return {
        "request": environ.get(REQUEST_ID, "-"),
        "method": environ["REQUEST_METHOD"],
        "route": environ.get(ROUTE, "-"),
        "status": status,
        "bytes": size,
        "ms": round(milliseconds),
    }
