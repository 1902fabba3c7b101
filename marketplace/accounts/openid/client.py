"""Speaking with an OpenID Connect provider: discovery, the way there with PKCE and nonce, tokens, keys that rotate.

OpenID Connect Core 1.0 (authorisation code flow), Discovery 1.0, RP-Initiated Logout 1.0, Back-Channel Logout 1.0;
PKCE is RFC 7636 (S256). Requests wait for ten seconds and follow no redirect.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from urllib.parse import urlencode

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from marketplace import outgoing
from marketplace.accounts.openid.keys import assertion, read_keys
from marketplace.config import Identification, OpenId
from marketplace.errors import DomainError
from marketplace.i18n import _l
from marketplace.outgoing import NotOurs

TIMEOUT: Final = 10
ALGORITHMS: Final = ["RS256", "PS256", "ES256", "EdDSA"]
SCOPE: Final = "openid email profile"
KEYS_A_MINUTE: Final = 5
"""How often the provider's keys are fetched again in a minute, because a token fits none that are known."""

_MINUTE: Final = 60

_MFA: Final = "mfa"
"""What `amr` holds when several factors were shown (RFC 8176)."""

LEEWAY: Final = 60
"""Seconds by which the provider's clock may be off."""

LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


class OpenIdFailed(DomainError):
    """The provider did not answer, or not as it must."""

    status = 502

    def __init__(self, why: str) -> None:
        super().__init__(
            _l("Signing in through your organisation did not succeed. Try again, or sign in another way.")
        )
        self.why = why


@dataclass(frozen=True, slots=True)
class Departure:
    """A way to the provider: the address, and what must come back with the answer."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider has signed in: the subject, a confirmed address or none, and the name of the session there.

    `code` is the personal identity code, where the provider gives one; it is used at once and never kept. `strong`: the
    provider says that two factors were shown (`acr` as the settings name it, or `amr` with "mfa"; RFC 8176).
    """

    subject: str
    email: str
    session: str
    code: str = ""
    strong: bool = False


class OpenIdClient:
    """The portal as one provider's client; what the provider says of itself is asked once and kept."""

    def __init__(self, settings: OpenId | Identification) -> None:
        """Raises OpenIdFailed when the file of our own keys cannot be read."""
        self._settings = settings
        try:
            self.own_keys = read_keys(settings.key_file) if isinstance(settings, Identification) else []
        except (OSError, ValueError) as error:
            raise OpenIdFailed(f"our own keys cannot be read: {error}") from error
        self._lock = threading.Lock()
        self._facts: dict[str, Any] | None = None
        self._keys: KeySet | None = None
        self._asked: list[float] = []

    def depart(self, redirect_uri: str) -> Departure:
        """The way to the provider. Raises OpenIdFailed."""
        nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        wanted = {"acr_values": " ".join(self._settings.acr)} if self._settings.acr else {}
        with self._session(redirect_uri) as session:
            address, state = session.create_authorization_url(
                self._fact("authorization_endpoint"), code_verifier=verifier, nonce=nonce, **wanted
            )
        return Departure(address, state, nonce, verifier)

    def arrive(self, code: str, *, redirect_uri: str, verifier: str, nonce: str, now: datetime) -> Identity:
        """Exchange the code that came back for the identity. Raises OpenIdFailed."""
        try:
            with self._session(redirect_uri) as session:
                token = session.fetch_token(
                    self._fact("token_endpoint"),
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    **self._proof(now),
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
        except (AuthlibBaseError, requests.RequestException, ValueError) as error:
            raise OpenIdFailed(f"the code was not exchanged: {error}") from error
        claims = self._claims(str(token.get("id_token", "")), now)
        if claims.get("nonce") != nonce:
            raise OpenIdFailed("the identity answers another question (nonce)")
        level_is_named = claims.get("acr") in self._settings.acr
        if isinstance(self._settings, Identification) and self._settings.acr and not level_is_named:
            raise OpenIdFailed(f"the identification is not strong enough: acr {claims.get('acr')!r}")
        confirmed = claims.get("email_verified") is True
        return Identity(
            subject=str(claims["sub"]),
            email=str(claims.get("email", "")) if confirmed else "",
            session=str(claims.get("sid", "")),
            code=str(claims.get(self._code_claim, "")) if self._code_claim else "",
            strong=level_is_named or _MFA in _list(claims, "amr"),
        )

    @property
    def _code_claim(self) -> str:
        return self._settings.code_claim if isinstance(self._settings, Identification) else ""

    def _proof(self, now: datetime) -> dict[str, str]:
        """What proves that it is us: an assertion of our own key, or nothing here where it is the secret."""
        if not self.own_keys:
            return {}
        made = assertion(
            self.own_keys,
            client_id=self._settings.client_id,
            endpoint=self._fact("token_endpoint"),
            now=now,
        )
        return {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": made,
        }

    def farewell(self, back: str) -> str:
        """Where the browser signs out at the provider and comes back from, or empty when that is not offered."""
        place = self._fact("end_session_endpoint") if "end_session_endpoint" in self._all() else ""
        query = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back}
        return f"{place}?{urlencode(query)}" if place else ""

    def signed_out(self, logout_token: str, *, now: datetime) -> tuple[str, str]:
        """Whom the provider has signed out: subject and session there, either may be empty. Raises OpenIdFailed."""
        claims = self._claims(logout_token, now, expires=False)
        events = claims.get("events")
        if not isinstance(events, Mapping) or LOGOUT_EVENT not in events or "nonce" in claims:
            raise OpenIdFailed("this is no token for signing out")
        subject, session = str(claims.get("sub", "")), str(claims.get("sid", ""))
        if not subject and not session:
            raise OpenIdFailed("the token names nobody")
        return subject, session

    def _claims(self, token: str, now: datetime, *, expires: bool = True) -> dict[str, Any]:
        """What a token of the provider says, once its signature, issuer, audience and time hold."""
        try:
            decoded = self._decoded(token)
        except (JoseError, ValueError, KeyError) as error:
            raise OpenIdFailed(f"a token cannot be read: {error}") from error
        claims: dict[str, Any] = decoded.claims
        moment, audience = now.timestamp(), claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        wrong = [
            claims.get("iss") != self._settings.issuer,
            self._settings.client_id not in audiences,
            len(audiences) > 1 and claims.get("azp") != self._settings.client_id,
            expires and not moment - LEEWAY < _number(claims, "exp"),
            not _number(claims, "iat") < moment + LEEWAY,
            not expires and not moment - _number(claims, "iat") < TIMEOUT * 60,
            expires and not claims.get("sub"),
        ]
        if any(wrong):
            raise OpenIdFailed("a token is not for us, or not for now")
        return claims

    def _decoded(self, token: str) -> jwt.Token:
        """Read with the keys that are known, and once more with those of now: providers change their keys.

        Anybody may send tokens that fit no key; a stranger does not make the portal ask the provider all the time.
        """
        try:
            return jwt.decode(token, self._known_keys(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if not self._may_ask_again():
                raise
            self._keys = None
            return jwt.decode(token, self._known_keys(), algorithms=ALGORITHMS)

    def _may_ask_again(self) -> bool:
        with self._lock:
            moment = time.monotonic()
            self._asked = [asked for asked in self._asked if asked > moment - _MINUTE]
            if len(self._asked) >= KEYS_A_MINUTE:
                return False
            self._asked.append(moment)
            return True

    def _known_keys(self) -> KeySet:
        with self._lock:
            if self._keys is None:
                self._keys = KeySet.import_key_set(
                    cast(KeySetSerialization, _fetched(self._fact_of(self._facts_of(), "jwks_uri")))
                )
            return self._keys

    def _all(self) -> dict[str, Any]:
        with self._lock:
            return self._facts_of()

    def _facts_of(self) -> dict[str, Any]:
        if self._facts is None:
            facts = _fetched(f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            if facts.get("issuer") != self._settings.issuer:
                raise OpenIdFailed("the provider is another than it says")
            self._facts = facts
        return self._facts

    def _fact(self, name: str) -> str:
        return self._fact_of(self._all(), name)

    def _fact_of(self, facts: Mapping[str, Any], name: str) -> str:
        """An address that the provider tells of itself; the portal goes to it, or sends the browser there."""
        if not isinstance(facts.get(name), str):
            raise OpenIdFailed(f"the provider does not say its {name}")
        try:
            return outgoing.named_by(self._settings.issuer, facts[name])
        except NotOurs as error:
            raise OpenIdFailed(str(error)) from error

    def _session(self, redirect_uri: str) -> OAuth2Session:
        return OAuth2Session(
            self._settings.client_id,
            self._settings.client_secret if isinstance(self._settings, OpenId) else None,
            token_endpoint_auth_method="client_secret_basic"
            if isinstance(self._settings, OpenId)
            else "none",
            scope=SCOPE if isinstance(self._settings, OpenId) else "openid",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
        )


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise OpenIdFailed(f"a token has no {name}")
    return float(value)


def _list(claims: Mapping[str, Any], name: str) -> list[Any]:
    value = claims.get(name)
    return value if isinstance(value, list) else [value]


def _fetched(address: str) -> dict[str, Any]:
    try:
        content = outgoing.content_of(address, timeout=TIMEOUT)
    except (requests.RequestException, ValueError) as error:
        raise OpenIdFailed(f"{address} does not answer: {error}") from error
    if not isinstance(content, dict):
        raise OpenIdFailed(f"{address} answers something else")
    return content
