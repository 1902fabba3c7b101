"""What `deploy/` ships is read by the programs that it is for: nginx serves with it, systemd finds nothing to say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from marketplace.config import ROOT
from tests.cluster.conftest import Cluster
from tests.journeys.conftest import free_port

DEPLOY = ROOT / "deploy"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
LOGROTATE = shutil.which("logrotate") or "/usr/sbin/logrotate"


@pytest.fixture
def web_server(cluster: Cluster, tmp_path: Path) -> Iterator[str]:
    """Nginx before both nodes with the shipped configuration; gives its address over TLS."""
    port, plain = free_port(), free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    for shipped, here in {
        r"# server 10\.0\.0\.12:8000": f"server 127.0.0.1:{cluster.b.port}",
        r"server 127\.0\.0\.1:8000": f"server 127.0.0.1:{cluster.a.port}",
        r"listen 80;": f"listen 127.0.0.1:{plain};",
        r"listen 443": f"listen 127.0.0.1:{port}",
        r"server_name palvelut\.county\.example": "server_name 127.0.0.1",
        r"/etc/letsencrypt/live/palvelut\.county\.example": str(tmp_path),
        r"/var/log/nginx": str(tmp_path),
        r"/opt/palvelutori": str(ROOT),
    }.items():
        text, count = re.subn(shipped, here, text)
        assert count, shipped
    paths = " ".join(
        f"{name}_temp_path {tmp_path / name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"user root; daemon off; pid {tmp_path / 'pid'}; error_log stderr; events {{}}"
    kept = f"{head} http {{ include /etc/nginx/mime.types; {paths}\n{text}\n}}"
    (tmp_path / "nginx.conf").write_text(kept, "utf-8")
    process = subprocess.Popen([NGINX, "-c", str(tmp_path / "nginx.conf")])
    try:
        time.sleep(1)
        assert process.poll() is None
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.skipif(not Path(NGINX).exists(), reason="as root, apt-get install nginx-light")
@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_nginx_serves_pages_and_files_and_keeps_the_metrics_to_itself(web_server: str) -> None:
    def get(path: str) -> requests.Response:
        return requests.get(web_server + path, timeout=30, verify=False)

    page = get("/fi/")
    assert (page.status_code, "X-Request-Id" in page.headers) == (200, True)
    assert get("/metrics").status_code == 404
    [style] = re.findall(r'href="(/static/dist/base\.[^"]+)"', page.text)
    served = get(style)
    assert (served.status_code, served.headers["Content-Type"]) == (200, "text/css")
    assert "immutable" in served.headers["Cache-Control"]
    missing = get("/static/dist/base.00000000.css")
    assert (missing.status_code, "nginx" in missing.text) == (404, False), "the portal is asked"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    units = []
    for path in sorted((*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer"))):
        text = path.read_text("utf-8").replace("/opt/palvelutori/.venv/bin/marketplace", sys.executable)
        units.append(tmp_path / path.name)
        units[-1].write_text(text, "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, units)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path(LOGROTATE).exists(), reason="as root, apt-get install logrotate")
def test_logrotate_puts_a_day_aside_and_the_portal_writes_on(cluster: Cluster, tmp_path: Path) -> None:
    """While visitors read on; none of their lines is lost."""
    node, rules = cluster.a, tmp_path / "rules"
    assert node.process is not None
    log = Path(node.environment["ACCESS_LOG"])
    text = (DEPLOY / "palvelutori.logrotate").read_text("utf-8")
    for shipped, here in {
        "/var/log/palvelutori/access.log": str(log),
        "su palvelutori palvelutori": "su root root",
        "systemctl reload palvelutori.service": f"kill -HUP {node.process.pid}",
    }.items():
        assert text.count(shipped) == 1, shipped
        text = text.replace(shipped, here)
    rules.write_text(text, "utf-8")
    for number in range(40):
        if number == 20:
            subprocess.run(
                [LOGROTATE, "--force", "--state", str(tmp_path / "state"), str(rules)],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
        assert requests.get(f"{node.address}/healthz?number={number}", timeout=30).ok
        time.sleep(0.05)
    (aside,) = log.parent.glob("access.log-*")
    found = [path.read_text("utf-8").count('"GET /healthz"') for path in (aside, log)]
    assert min(found) > 0
    assert sum(found) >= 40
