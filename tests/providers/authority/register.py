"""The Web API of a register of mandates on the loopback interface, for people who act for companies.

It looks at each signature and moment as the real one does, gives a session to who is named, lets the browser choose a
company, exchanges a code once and tells what was chosen to nobody but the session to which the token belongs.
"""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from marketplace.authorizations import HEADER
from tests.clients.mandate_register import CLIENT_ID, is_signed

WEB_KEY, PASSWORD = "a web key for tests only", "a password for tests only"


@dataclass
class Register:
    """Who may act for which company by which codes: identity code → business ID → codes."""

    clock: datetime
    roles: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    choice: str | None = None
    """The company that the person chooses; None: the person turns back."""
    nonsense: Any = None
    """What it says instead of which company was chosen."""
    ill: bool = False
    url: str = ""
    sessions: dict[str, str] = field(default_factory=dict)
    """Name of a session → identity code."""
    people: dict[str, str] = field(default_factory=dict)
    """Name of a person in addresses → name of the session."""
    codes: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Code → session, chosen company, return address."""
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Token → session, chosen company."""

    def signed(self) -> bool:
        whole = request.full_path.removesuffix("?")
        return is_signed(whole, request.headers.get(HEADER, ""), clock=self.clock, key=WEB_KEY)


def _app(register: Register) -> Flask:
    app = Flask("register of mandates")

    @app.before_request
    def health() -> ResponseReturnValue | None:
        return ({"error": "internal"}, 500) if register.ill else None

    @app.get("/service/ypa/user/register/<client>/<code>")
    def begin(client: str, code: str) -> ResponseReturnValue:
        if client != CLIENT_ID or not register.signed() or not request.args.get("requestId"):
            return {"error": "unauthorized"}, 401
        session, person = secrets.token_hex(8), secrets.token_hex(8)
        register.sessions[session], register.people[person] = code, session
        return {"sessionId": session, "userId": person}

    @app.get("/service/ypa/api/organizationRoles/<session>")
    def chosen(session: str) -> ResponseReturnValue:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        held, company = register.tokens.get(bearer, ("", ""))
        if not register.signed() or held != session:
            return {"error": "unauthorized"}, 401
        if register.nonsense is not None:
            return register.nonsense, 200
        codes = register.roles.get(register.sessions[session], {}).get(company)
        told = (
            []
            if codes is None
            else [{"name": "Yhtiö", "identifier": company, "complete": True, "roles": codes}]
        )
        return app.json.response(told)

    _add_oauth(app, register)
    return app


def _add_oauth(app: Flask, register: Register) -> None:
    @app.get("/oauth/authorize")
    def authorize() -> ResponseReturnValue:
        session = register.people[request.args["user"]]
        back, state = request.args["redirect_uri"], request.args["state"]
        if register.choice is None:
            return redirect(f"{back}?error=access_denied&state={state}")
        code = secrets.token_hex(8)
        register.codes[code] = (session, register.choice, back)
        return redirect(f"{back}?code={code}&state={state}")

    @app.post("/oauth/token")
    def token() -> ResponseReturnValue:
        who = base64.b64encode(f"{CLIENT_ID}:{PASSWORD}".encode()).decode()
        session, company, back = register.codes.pop(request.args.get("code", ""), ("", "", ""))
        if request.headers.get("Authorization") != f"Basic {who}" or not session:
            return {"error": "invalid_grant"}, 401
        if request.args.get("redirect_uri") != back:
            return {"error": "invalid_grant"}, 400
        made = secrets.token_hex(8)
        register.tokens[made] = (session, company)
        return {"access_token": made, "token_type": "bearer", "expires_in": 600}


@contextmanager
def serving(clock: datetime) -> Iterator[Register]:
    """A register on a port of this machine."""
    register = Register(clock)
    server = make_server("127.0.0.1", 0, _app(register), threaded=True)
    register.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield register
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
