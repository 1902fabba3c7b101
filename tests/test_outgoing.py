"""The portal goes where the settings say, and to nowhere inside a network because an answer says so."""

from __future__ import annotations

import ast
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from marketplace.outgoing import NotOurs, content_of, named_by

SPEAKERS = {
    "marketplace/accounts/openid/client.py": "OIDC_ISSUER, CLIENT_OIDC_ISSUER and what they name",
    "marketplace/audit/anchors.py": "AUDIT_ANCHOR_URL",
    "marketplace/audit/kept_roots.py": "FILES_ARCHIVE_URL",
    "marketplace/authorizations.py": "AUTHORIZATIONS_URL",
    "marketplace/buckets.py": "FILES_URL, FILES_ARCHIVE_URL",
    "marketplace/files/contents.py": "FILES_URL, FILES_ARCHIVE_URL",
    "marketplace/files/scanning.py": "CLAMD_URL",
    "marketplace/outbox.py": "MAIL_URL",
    "marketplace/outgoing.py": "what it is given",
    "marketplace/payments/rails/stripe/gateway.py": "STRIPE_API_BASE",
    "marketplace/providers/company/register.py": "YTJ_URL",
    "marketplace/register/gateway.py": "REGISTER_URL",
    "marketplace/search/opensearch/client.py": "SEARCH_URL",
}
"""Modules that open connections to other machines, with the setting that says where to."""

WITHIN = {
    "marketplace/language/analysis_server.py": "a socket of this machine",
    "marketplace/search/following.py": "the name of this machine",
    "marketplace/serving.py": "listens",
}
"""Modules that use sockets and go nowhere."""

LIBRARIES = {
    "aiohttp", "boto3", "botocore", "ftplib", "http.client", "httpx", "imaplib", "poplib", "requests", "s3fs", "fsspec",
    "smtplib", "socket", "stripe", "telnetlib", "urllib.request", "urllib3", "xmlrpc.client",
    "authlib.integrations.requests_client", "obstore", "minio", "websockets",
}  # fmt: skip


def speakers() -> set[str]:
    """The modules that import a library with which one can open a connection."""
    return {
        str(path)
        for path in Path("marketplace").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if any(name == each or name.startswith(f"{each}.") for each in LIBRARIES)
    }


def test_only_these_modules_speak_with_other_machines_and_a_setting_says_with_which() -> None:
    assert speakers() == SPEAKERS.keys() | WITHIN.keys()


@pytest.mark.parametrize(
    "module", [each for each in SPEAKERS if "requests." in Path(each).read_text(encoding="utf-8")]
)
def test_what_asks_over_the_web_follows_no_redirect(module: str) -> None:
    tree = ast.parse(Path(module).read_text(encoding="utf-8"))
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func)
        in ("requests.get", "requests.post", "requests.request", "session.fetch_token")
    ]
    unbound = [
        call.lineno
        for call in calls
        if not {"timeout", "allow_redirects"} <= {each.arg for each in call.keywords}
    ]
    assert unbound == []


ISSUER = "https://id.example.fi/tenant"
ELSEWHERE = {
    "public.example.fi": "93.184.215.14",
    "inner.example.fi": "10.1.2.3",
    "both.example.fi": "93.184.215.14",
}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are known here, so that no test asks the network."""
    real = socket.getaddrinfo

    def known(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host in ELSEWHERE:
            found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ELSEWHERE[host], port))]
            return found + (
                [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))] if host[0] == "b" else []
            )
        if str(host).endswith(".fi"):
            raise socket.gaierror("not known")
        return real(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", known)


@pytest.mark.parametrize("address", ["https://id.example.fi/keys", "https://public.example.fi/keys"])
def test_an_answer_may_name_its_own_host_or_one_that_everybody_reaches(address: str) -> None:
    assert named_by(ISSUER, address) == address


@pytest.mark.parametrize(
    "address",
    [
        "http://id.example.fi/keys",
        "http://public.example.fi/keys",
        "https://public.example.fi:8443/keys",
        "https://id.example.fi:22/keys",
        "https://id.example.fi:port/keys",
        "https://inner.example.fi/keys",
        "https://both.example.fi/keys",
        "https://unknown.example.fi/keys",
        "https://user:word@id.example.fi/keys",
        "https://localhost/keys",
        "https://127.0.0.1/keys",
        "https://127.1/keys",
        "https://2130706433/keys",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/keys",
        "https://192.168.1.1/keys",
        "https://100.64.0.1/keys",
        "https://224.0.0.1/keys",
        "https://[::1]/keys",
        "https://[::ffff:10.0.0.1]/keys",
        "https://[2002:0a00:0001::]/keys",
        "https://[fe80::1]/keys",
        "https://[fd00::1]/keys",
        "file:///etc/passwd",
        "gopher://id.example.fi/",
        "//id.example.fi/keys",
        "/keys",
        "",
    ],
)
def test_an_answer_leads_to_no_machine_inside_and_by_no_other_way(address: str) -> None:
    with pytest.raises(NotOurs):
        named_by(ISSUER, address)


def test_where_the_operator_has_set_a_host_inside_it_stays_that_host() -> None:
    assert named_by("http://10.0.0.5:8080/realm", "http://10.0.0.5:8080/keys") == "http://10.0.0.5:8080/keys"
    with pytest.raises(NotOurs):
        named_by("http://10.0.0.5:8080/realm", "http://10.0.0.6:8080/keys")


class _Answers(BaseHTTPRequestHandler):
    """Answers by the path what a test wants."""

    def do_GET(self) -> None:
        body = {"/endless": b"[" + b"1," * 200_000, "/words": b"hello", "/deep": b"[" * 100_000}.get(
            self.path, b'{"a": 1}'
        )
        self.send_response(302 if self.path == "/away" else 200)
        if self.path == "/away":
            self.send_header("Location", "/facts")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_told: object) -> None:
        """Nothing is told."""


@pytest.fixture
def answering() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_answer_is_read_as_json(answering: str) -> None:
    assert content_of(f"{answering}/facts", timeout=5) == {"a": 1}


@pytest.mark.parametrize("path", ["/endless", "/words", "/deep", "/away"])
def test_an_answer_without_end_without_sense_or_elsewhere_is_none(answering: str, path: str) -> None:
    with pytest.raises(NotOurs):
        content_of(f"{answering}{path}", timeout=5, most=150_000)
