"""A small real OpenID Connect provider on the loopback interface: discovery, keys that rotate, PKCE, signing out."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask, redirect, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import KeySet, KeySetSerialization, RSAKey
from werkzeug.datastructures import Authorization
from werkzeug.serving import make_server

CLIENT, SECRET = "palvelutori", "a secret between the two"
BACKCHANNEL = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class Provider:
    """The provider and who is signed in there; tests change what it says."""

    issuer: str = ""
    clock: float = field(default_factory=time.time)
    person: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    """Claims of identity tokens that differ from the right ones."""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    granted: dict[str, dict[str, str]] = field(default_factory=dict)
    key_fetches: int = 0
    keys_of_client: Callable[[], dict[str, Any]] | None = None
    """Fetches the client's public keys by its address: then it proves itself by an assertion, not by a secret."""
    assertions: set[str] = field(default_factory=set)

    def rotate(self) -> None:
        """Sign with another key from now on, and publish only that."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})

    def sign(self, claims: dict[str, Any], key: RSAKey | None = None) -> str:
        """A token with these claims."""
        signing = key or self.key
        return jwt.encode({"alg": "RS256", "kid": signing.kid}, claims, signing, algorithms=["RS256"])

    def logout_token(self, **changes: Any) -> str:
        """What the provider posts when the person has signed out there."""
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": int(self.clock),
            "jti": secrets.token_hex(8),
            "sub": self.person["sub"],
            "events": {BACKCHANNEL: {}},
        }
        return self.sign({name: value for name, value in (claims | changes).items() if value is not None})


def proves(provider: Provider, credentials: Authorization | None) -> bool:
    """Whether the client has proved itself, in the way that was agreed with it."""
    if provider.keys_of_client is None:
        return credentials is not None and (credentials.username, credentials.password) == (CLIENT, SECRET)
    if credentials is not None or "client_assertion" not in request.form:
        return False
    keys = KeySet.import_key_set(cast(KeySetSerialization, provider.keys_of_client()))
    claims = jwt.decode(request.form["client_assertion"], keys, algorithms=["RS256", "ES256"]).claims
    fresh = claims["jti"] not in provider.assertions
    provider.assertions.add(claims["jti"])
    return (
        fresh
        and claims["iss"] == claims["sub"] == CLIENT
        and claims["aud"] == f"{provider.issuer}/token"
        and claims["iat"] <= provider.clock < claims["exp"]
    )


def app_of(provider: Provider) -> Flask:
    """The provider's own pages."""
    app = Flask("provider")

    @app.get("/.well-known/openid-configuration")
    def discovery() -> ResponseReturnValue:
        return {
            "issuer": provider.issuer,
            "authorization_endpoint": f"{provider.issuer}/authorize",
            "token_endpoint": f"{provider.issuer}/token",
            "jwks_uri": f"{provider.issuer}/keys",
            "end_session_endpoint": f"{provider.issuer}/goodbye",
        }

    @app.get("/keys")
    def keys() -> ResponseReturnValue:
        provider.key_fetches += 1
        return KeySet([provider.key]).as_dict(private=False)

    @app.get("/authorize")
    def authorize() -> ResponseReturnValue:
        asked = request.args
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        provider.granted[code] = asked.to_dict()
        back = urlencode({"code": code, "state": asked["state"]})
        return redirect(f"{asked['redirect_uri']}?{back}")

    @app.post("/token")
    def token() -> ResponseReturnValue:
        asked = provider.granted.pop(request.form["code"], None)
        credentials = request.authorization
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or not proves(provider, credentials)
            or challenge != asked["code_challenge"]
            or request.form["redirect_uri"] != asked["redirect_uri"]
        ):
            return {"error": "invalid_grant"}, 400
        claims = {
            "iss": provider.issuer,
            "aud": CLIENT,
            "iat": int(provider.clock),
            "exp": int(provider.clock) + 300,
            "nonce": asked["nonce"],
            **provider.person,
            **provider.lies,
        }
        return {"access_token": "x", "token_type": "Bearer", "id_token": provider.sign(claims)}

    return app


@contextmanager
def serving() -> Iterator[Provider]:
    """The provider, answering on a port of its own."""
    provider = Provider()
    server = make_server("127.0.0.1", 0, app_of(provider), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
