"""Metrics and logs: what is counted and written of requests, for whom, and that no person is in it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from marketplace.config import ROOT
from marketplace.search.follower import Follower
from marketplace.web import logs
from tests.conftest import NOW

TOKEN = "a token of thirty-two characters."


def values(text: str) -> dict[str, float]:
    rows = [line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in rows}


@pytest.fixture
def well(app: Flask) -> Flask:
    settings = app.extensions["settings"]
    Follower(app.extensions["database"], settings.index_dir).rebuild(now=NOW)
    settings.alive_file.touch()
    return app


def test_the_state_of_the_portal_is_told(well: Flask, client: FlaskClient) -> None:
    client.get("/fi/services")
    client.get("/fi/nowhere")
    told = values(client.get("/metrics").text)
    assert told["palvelutori_database_up"] == 1
    assert told["palvelutori_index_fresh"] == 1
    assert told["palvelutori_mail_waiting"] == 0
    assert told['palvelutori_payment_batches{state="released"}'] == 0
    assert told["palvelutori_worker_silent_seconds"] < 60
    assert told["palvelutori_disk_free_bytes"] > 0
    assert told['palvelutori_request_seconds_count{answer="2xx",method="GET",room="search"}'] >= 1
    assert told['palvelutori_request_seconds_count{answer="4xx",method="GET",room="-"}'] >= 1


def test_metrics_are_for_who_has_the_token_or_is_on_the_machine(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "198.51.100.7"}).status_code == 404
    for nowhere in ("", "unix:", "unknown"):
        assert client.get("/metrics", environ_base={"REMOTE_ADDR": nowhere}).status_code == 404
    app.extensions["settings"] = replace(app.extensions["settings"], metrics_token=TOKEN)
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}x"}).status_code == 404


def test_an_id_comes_from_a_trusted_proxy_only(app: Flask) -> None:
    client = app.test_client()
    sent = {"X-Request-Id": "balancer-0001"}
    own = client.get("/healthz", headers=sent).headers["X-Request-Id"]
    assert own != "balancer-0001"
    assert len(own) == 32
    app.extensions["settings"] = replace(app.extensions["settings"], trusted_proxies=1)
    assert client.get("/healthz", headers=sent).headers["X-Request-Id"] == "balancer-0001"
    forged = {"X-Request-Id": "x" * 500}
    assert len(client.get("/healthz", headers=forged).headers["X-Request-Id"]) == 32


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(logs.JsonLines().format(record))
    return told


def test_a_line_of_json_holds_the_id_and_not_what_an_error_repeats(app: Flask) -> None:
    with app.test_request_context("/fi/"):
        app.preprocess_request()
        try:
            raise ValueError("Maija Meikäläinen 131052-308T")
        except ValueError:
            record = logging.LogRecord("portal", logging.ERROR, __file__, 1, "unexpected", (), sys.exc_info())
        told = line_of(record)
    assert (told["level"], told["message"], told["error"]) == ("error", "unexpected", "ValueError")
    assert len(told["request"]) == 32
    assert any("test_metrics.py" in place for place in told["where"])
    assert "Maija" not in json.dumps(told)


def test_the_access_log_names_the_pattern_of_an_address_and_no_visitor(app: Flask) -> None:
    asked = app.test_request_context("/fi/services/7?q=vaippa", environ_base={"REMOTE_ADDR": "198.51.100.7"})
    with asked:
        answer = app.full_dispatch_request()
        line = logs.access_line(asked.request.environ, "404", "12", 3.4)
        told = line_of(logging.LogRecord("access", logging.INFO, __file__, 1, "", (line,), None))
    assert told["route"] == "/<any(fi, sv):lang>/services/<int:offer_id>"
    assert (told["status"], told["ms"], told["request"]) == ("404", 3, answer.headers["X-Request-Id"])
    assert "198.51" not in json.dumps(told)
    assert "vaippa" not in json.dumps(told)


TOGETHER = """
import os, sys
from pathlib import Path
from marketplace.web import measuring
measuring.count_together(Path(sys.argv[1]))
for number in range(2):
    if not (child := os.fork()):
        kept = measuring.meters()
        kept.requests.labels("search", "GET", "2xx").observe(0.02)
        kept.connections.set(3)
        os._exit(0)
    os.waitpid(child, 0)
    if number:
        measuring.forget_process(child)
print(measuring.request_metrics().decode())
"""


def test_the_processes_of_a_machine_count_together(tmp_path: Path) -> None:
    (tmp_path / "counter_1.db").write_bytes(b"of an earlier day")
    done = subprocess.run(
        [sys.executable, "-c", TOGETHER, str(tmp_path)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    told = values(done.stdout)
    assert told['palvelutori_request_seconds_count{answer="2xx",method="GET",room="search"}'] == 2
    assert told["palvelutori_database_connections"] == 3
