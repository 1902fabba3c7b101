"""Settings, read once from the environment."""

from __future__ import annotations

import contextlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from marketplace.backends import (
    Authorizations,
    S3Access,
    SearchServer,
    authorizations,
    impossible_authorizations,
    impossible_files,
    impossible_search,
    s3_access,
    search_server,
)

ROOT = Path(__file__).resolve().parent.parent

VERSION: Final = version("palvelutori")
"""The version in `pyproject.toml`; CHANGELOG.md says what its three numbers promise."""


class ConfigurationError(Exception):
    """Settings are missing or impossible: a line on each, which names it."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class OpenId:
    """The OpenID Connect provider of one organisation's staff; `acr` is what it calls a sign-in by two factors."""

    issuer: str
    client_id: str
    client_secret: str
    organisation: str
    acr: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identification:
    """The service of strong identification (Suomi.fi) through which clients of every organisation may sign in.

    `key_file` holds our private keys (`accounts.openid.keys`); `code_claim` is the claim with the identity code; `acr`
    names what is strong enough (all, when empty).
    """

    issuer: str
    client_id: str
    key_file: Path
    code_claim: str
    acr: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """Everything the portal is told from outside; `from_environment` documents each variable."""

    database_url: str
    secret_key: str
    data_dir: Path
    mail_url: str
    mail_from: str = "palvelutori@example.fi"
    former_secrets: tuple[str, ...] = ()
    public_url: str = "http://127.0.0.1:8000"
    production: bool = False
    trusted_proxies: int = 0
    max_upload_bytes: int = 10 * 1024 * 1024
    max_request_bytes: int = 36 * 1024 * 1024
    ytj_url: str = ""
    clamd_url: str = ""
    pilots_dir: Path | None = None
    audit_keys: tuple[bytes, ...] = ()
    audit_anchor_url: str = ""
    openid: OpenId | None = None
    authorizations: Authorizations | None = None
    stripe_key: str = ""
    stripe_base: str = ""
    stripe_webhook_secret: str = ""
    register_url: str = ""
    register_token: str = field(default="", repr=False)
    client_keys: tuple[bytes, ...] = ()
    identification: Identification | None = None
    files_place: str = ""
    files_archive_url: str = ""
    files_public_url: str = ""
    s3: S3Access | None = None
    search_server: SearchServer | None = None
    metrics_token: str = field(default="", repr=False)
    json_logs: bool = False
    database_pool: int = 15
    database_pooled: bool = False
    web_workers: int = 2
    security_address: str = ""
    read_url: str = ""
    hsts_subdomains: bool = True

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read DATABASE_URL, SECRET_KEY, DATA_DIR, MAIL_URL, MAIL_FROM, PUBLIC_URL, TRUSTED_PROXIES, MARKETPLACE_ENV.

        YTJ_URL is the address of the company register's open data (empty: companies are typed), CLAMD_URL that of a
        virus scanner, `tcp://host:3310` or `unix:///path` (empty: files are not scanned). PILOTS_DIR is the folder of
        the pilots, organisations and words that this portal has beside those that ship (empty: none).

        SECRET_KEY_FALLBACKS are former values of SECRET_KEY, apart by commas: what they signed or sealed still holds.

        AUDIT_KEY seals the audit trail: keys in hex, the present one first and former ones after commas; without it
        keys are made from SECRET_KEY and SECRET_KEY_FALLBACKS. AUDIT_ANCHOR_URL is where checkpoints of the trail
        are shipped, `file:///path` or `syslog://host:port` (empty: the portal's log).

        CLIENT_OIDC_ISSUER, CLIENT_OIDC_CLIENT_ID and CLIENT_OIDC_KEY_FILE belong together: the service of strong
        identification through which clients may sign in; CLIENT_OIDC_CODE_CLAIM is the claim that holds the personal
        identity code (default `national_identification_number`), CLIENT_OIDC_ACR the levels that are strong enough.

        CLIENT_KEY is the key of what is hashed of clients: keys in hex (32 bytes or more), the present one first and
        former ones after commas; without it keys are made from SECRET_KEY and SECRET_KEY_FALLBACKS.

        OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_ORGANISATION belong together: the OpenID Connect
        provider of an organisation's staff (empty: nobody signs in so). OIDC_ACR: what it calls two factors.

        AUTHORIZATIONS_URL, AUTHORIZATIONS_CLIENT_ID and AUTHORIZATIONS_API_KEY name the register of mandates
        (Suomi.fi-valtuudet) that the office may ask whether somebody may act for a client. AUTHORIZATIONS_WEB_KEY and
        AUTHORIZATIONS_OAUTH_PASSWORD belong together: with them people show there for which company they may act.

        STRIPE_API_KEY is the secret key of the platform's account at Stripe, through which organisations may pay
        (empty: none does); STRIPE_WEBHOOK_SECRET belongs to it and proves that calls come from Stripe. STRIPE_API_BASE
        is the address of the API where it is not Stripe's own.

        FILES_URL is where files are kept, `file:///folder` or `s3://bucket/prefix` (empty: a folder of DATA_DIR);
        FILES_ARCHIVE_URL a bucket with object lock, where decisions lie a second time; FILES_PUBLIC_URL the address
        under which browsers reach the store (empty: the portal hands files out itself). AWS_ENDPOINT_URL, AWS_REGION,
        AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are the store and the key to it.

        SEARCH_URL is a search server that all machines share, `opensearch://host:9200/name` (empty: every machine has
        an index of its own).

        METRICS_TOKEN is what who reads `/metrics` has to send (empty: it is read on this machine only); LOG_FORMAT is
        `text` or `json`.

        SECURITY_CONTACT is where to write about a weakness, `mailto:…` or `https://…` (empty: MAIL_FROM).

        HSTS_SUBDOMAINS says whether browsers may reach the hosts below PUBLIC_URL's by TLS only as well, `yes` or `no`.
        READ_URL is a standby of the database, from which reports are read (empty: from the database itself).

        DATABASE_POOL is how many connections each process may hold; DATABASE_POOLER=transaction says that PgBouncer
        stands between in transaction mode.

        All are optional outside production; in production SECRET_KEY, DATABASE_URL, PUBLIC_URL, MAIL_URL and MAIL_FROM
        are mandatory. Outside production a secret is made once and kept in DATA_DIR, so that sessions survive a
        restart. Raises ConfigurationError with everything that is wrong.
        """
        env = {name: value for name, value in (os.environ if environ is None else environ).items() if value}
        if problems := _impossible(env):
            raise ConfigurationError(*problems)
        data_dir = Path(env.get("DATA_DIR", ROOT / "var")).resolve()
        try:
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            secret = env.get("SECRET_KEY") or _kept_secret(data_dir / SECRET_FILE)
        except OSError as error:
            raise ConfigurationError(f"DATA_DIR {data_dir} cannot be used: {error.strerror}") from error
        former = tuple(_apart(env.get("SECRET_KEY_FALLBACKS", "")))
        return cls(
            database_url=env.get("DATABASE_URL", f"sqlite:///{data_dir / 'palvelutori.sqlite'}"),
            secret_key=secret,
            former_secrets=former,
            data_dir=data_dir,
            mail_url=env.get("MAIL_URL", f"file://{data_dir / 'mail'}"),
            mail_from=env.get("MAIL_FROM", "palvelutori@example.fi"),
            public_url=env.get("PUBLIC_URL", f"http://127.0.0.1:{env.get('PORT', '8000')}").rstrip("/"),
            production=env.get("MARKETPLACE_ENV") == "production",
            trusted_proxies=int(env.get("TRUSTED_PROXIES", "0")),
            ytj_url=env.get("YTJ_URL", ""),
            clamd_url=env.get("CLAMD_URL", ""),
            pilots_dir=Path(env["PILOTS_DIR"]).resolve() if "PILOTS_DIR" in env else None,
            audit_keys=_keys(env.get("AUDIT_KEY", ""), b"palvelutori audit trail", (secret, *former)),
            audit_anchor_url=env.get("AUDIT_ANCHOR_URL", ""),
            authorizations=authorizations(env),
            stripe_key=env.get("STRIPE_API_KEY", ""),
            stripe_base=env.get("STRIPE_API_BASE", ""),
            stripe_webhook_secret=env.get("STRIPE_WEBHOOK_SECRET", ""),
            register_url=env.get("REGISTER_URL", ""),
            register_token=env.get("REGISTER_TOKEN", ""),
            identification=_identification(env),
            client_keys=_keys(env.get("CLIENT_KEY", ""), b"palvelutori clients", (secret, *former)),
            files_place=env.get("FILES_URL", ""),
            files_archive_url=env.get("FILES_ARCHIVE_URL", ""),
            files_public_url=env.get("FILES_PUBLIC_URL", "").rstrip("/"),
            s3=s3_access(env),
            search_server=search_server(env),
            metrics_token=env.get("METRICS_TOKEN", ""),
            database_pool=int(env.get("DATABASE_POOL", "15")),
            read_url=env.get("READ_URL", ""),
            hsts_subdomains=env.get("HSTS_SUBDOMAINS", "yes") == "yes",
            security_address=env.get("SECURITY_CONTACT", ""),
            web_workers=int(env.get("WEB_WORKERS", "2")),
            database_pooled=env.get("DATABASE_POOLER") == "transaction",
            json_logs=env.get("LOG_FORMAT") == "json",
            openid=_openid(env) if _OPENID[0] in env else None,
        )

    @property
    def hosts(self) -> list[str] | None:
        """The hosts that a request may name: that of PUBLIC_URL, and this machine for its monitors; None for any.

        Outside production any: a portal that is tried out is opened from telephones and other machines as well.
        """
        own = urlsplit(self.public_url).hostname
        return [own, "localhost", "127.0.0.1", "[::1]"] if self.production and own else None

    @property
    def signing_keys(self) -> list[str]:
        """What signs what browsers hold, as itsdangerous takes it: the present key last, former ones still prove."""
        return [*reversed(self.former_secrets), self.secret_key]

    @property
    def security_contact(self) -> str:
        """Where to write about a weakness, as `/.well-known/security.txt` tells it."""
        return self.security_address or f"mailto:{self.mail_from}"

    @property
    def keeps_own_secret(self) -> bool:
        """Whether SECRET_KEY was not given and one was made for this machine."""
        place = self.data_dir / SECRET_FILE
        return place.exists() and place.read_text(encoding="ascii").strip() == self.secret_key

    @property
    def files_dir(self) -> Path:
        """Where files are kept by content hash, when FILES_URL names no other place."""
        return self.data_dir / "files"

    @property
    def files_url(self) -> str:
        """Where files are kept."""
        return self.files_place or self.files_dir.as_uri()

    @property
    def incoming_dir(self) -> Path:
        """Where a file lies while it is being received, wherever it is kept then."""
        return self.files_dir / "incoming"

    @property
    def index_dir(self) -> Path:
        """Where the derived search index lives; losing it loses nothing."""
        return self.data_dir / "index"

    @property
    def alive_file(self) -> Path:
        """Touched by the worker every few seconds while it does its duties."""
        return self.data_dir / "worker.alive"


ENVIRONMENTS: Final = ("development", "production")

_ADDRESSES: Final = {
    "DATABASE_URL": ("sqlite", "postgresql+psycopg"),
    "READ_URL": ("postgresql+psycopg",),
    "MAIL_URL": ("smtp", "smtps", "file"),
    "PUBLIC_URL": ("http", "https"),
    "YTJ_URL": ("http", "https"),
    "REGISTER_URL": ("http", "https"),
    "CLAMD_URL": ("tcp", "unix"),
    "AUDIT_ANCHOR_URL": ("file", "syslog"),
    "OIDC_ISSUER": ("http", "https"),
    "CLIENT_OIDC_ISSUER": ("http", "https"),
    "AUTHORIZATIONS_URL": ("http", "https"),
    "STRIPE_API_BASE": ("http", "https"),
    "FILES_URL": ("file", "s3"),
    "FILES_ARCHIVE_URL": ("s3",),
    "FILES_PUBLIC_URL": ("http", "https"),
    "AWS_ENDPOINT_URL": ("http", "https"),
}
"""Settings that are addresses, with what each may begin with."""

_OPENID: Final = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ORGANISATION")

_WITHOUT_HOST: Final = ("sqlite", "file", "unix")

_IN_PRODUCTION: Final = ("SECRET_KEY", "DATABASE_URL", "PUBLIC_URL", "MAIL_URL", "MAIL_FROM")


SECRET_FILE: Final = "secret_key"  # noqa: S105 - a name of a file
"""In DATA_DIR: the secret of a portal that was given none."""

LEAST_SECRET: Final = 32
"""Characters of a secret that cannot be guessed."""

LEAST_POOL, MOST_POOL = 6, 200
"""Connections of one process: a thread needs one, and a second while it counts how often something is done."""

LEAST_HEX: Final = 64
"""Hex digits of a key of 32 bytes."""

_HOW: Final = {
    "SECRET_KEY": ": make one with python3 -c 'import secrets; print(secrets.token_urlsafe(48))', and back it up",
}

_MAILBOX: Final = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")


def _impossible(env: Mapping[str, str]) -> list[str]:
    """What is missing from the environment or can never work, a line on each."""
    found = []
    environment = env.get("MARKETPLACE_ENV", ENVIRONMENTS[0])
    if environment not in ENVIRONMENTS:
        found.append(f"MARKETPLACE_ENV is {environment!r}; it must be {' or '.join(ENVIRONMENTS)}")
    if environment == "production":
        found += [
            f"{name} must be set when MARKETPLACE_ENV=production" + _HOW.get(name, "")
            for name in _IN_PRODUCTION
            if name not in env
        ]
        if 0 < len(env.get("SECRET_KEY", "")) < LEAST_SECRET:
            found.append(f"SECRET_KEY is shorter than {LEAST_SECRET} characters{_HOW['SECRET_KEY']}")
    for name, schemes in _ADDRESSES.items():
        if name in env:
            found += _impossible_address(name, env[name], schemes)
    if "MAIL_FROM" in env and not _MAILBOX.fullmatch(env["MAIL_FROM"]):
        found.append(
            f"MAIL_FROM is {env['MAIL_FROM']!r}; it must be one e-mail address, such as palvelut@county.fi"
        )
    if not _is_number(env.get("TRUSTED_PROXIES", "0")):
        found.append("TRUSTED_PROXIES must be the number of proxies in front of the portal")
    found += _impossible_operation(env)
    found += _impossible_openid(env, environment)
    found += _impossible_identification(env, environment)
    found += impossible_authorizations(env, environment)
    found += _impossible_stripe(env)
    found += impossible_files(env)
    found += impossible_search(env)
    if ("REGISTER_URL" in env) != ("REGISTER_TOKEN" in env):
        found.append("REGISTER_URL and REGISTER_TOKEN must be set together")
    if "PILOTS_DIR" in env and not Path(env["PILOTS_DIR"]).is_dir():
        found.append(f"PILOTS_DIR {env['PILOTS_DIR']} is not a folder")
    found += _impossible_keys(env)
    return found


def _impossible_operation(env: Mapping[str, str]) -> Iterator[str]:
    if env.get("LOG_FORMAT", "text") not in {"text", "json"}:
        yield f"LOG_FORMAT is {env['LOG_FORMAT']!r}; it must be text or json"
    if 0 < len(env.get("METRICS_TOKEN", "")) < LEAST_SECRET:
        yield f"METRICS_TOKEN is shorter than {LEAST_SECRET} characters"
    if not env.get("SECURITY_CONTACT", "mailto:").startswith(("mailto:", "https://")):
        yield "SECURITY_CONTACT must begin with mailto: or https://"
    if env.get("HSTS_SUBDOMAINS", "yes") not in {"yes", "no"}:
        yield f"HSTS_SUBDOMAINS is {env['HSTS_SUBDOMAINS']!r}; it must be yes or no"
    if not _is_number(env.get("WEB_WORKERS", "2")):
        yield "WEB_WORKERS must be the number of web processes"
    pool = env.get("DATABASE_POOL", "15")
    if not _is_number(pool) or not LEAST_POOL <= int(pool) <= MOST_POOL:
        yield f"DATABASE_POOL must be a number from {LEAST_POOL} to {MOST_POOL}: the connections of one process"
    if env.get("DATABASE_POOLER", "none") not in {"none", "transaction"}:
        yield "DATABASE_POOLER must be none or transaction: how PgBouncer, or what is like it, stands in between"


def _impossible_openid(env: Mapping[str, str], environment: str) -> list[str]:
    if not any(name in env for name in _OPENID):
        return []
    found = [f"{name} must be set when another OIDC_ setting is" for name in _OPENID if name not in env]
    if environment == "production" and not env.get("OIDC_ISSUER", "https:").startswith("https:"):
        found.append("OIDC_ISSUER must begin with https:// when MARKETPLACE_ENV=production")
    return found


def _openid(env: Mapping[str, str]) -> OpenId:
    issuer, client_id, secret, organisation = (env[name] for name in _OPENID)
    return OpenId(issuer, client_id, secret, organisation, _words(env, "OIDC_ACR"))


_IDENTIFICATION: Final = ("CLIENT_OIDC_ISSUER", "CLIENT_OIDC_CLIENT_ID", "CLIENT_OIDC_KEY_FILE")


def _identification(env: Mapping[str, str]) -> Identification | None:
    if _IDENTIFICATION[0] not in env:
        return None
    issuer, client_id, key_file = (env[name] for name in _IDENTIFICATION)
    claim = env.get("CLIENT_OIDC_CODE_CLAIM", "national_identification_number")
    return Identification(issuer, client_id, Path(key_file), claim, _words(env, "CLIENT_OIDC_ACR"))


def _words(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(env.get(name, "").split())


def _impossible_identification(env: Mapping[str, str], environment: str) -> list[str]:
    if not any(name in env for name in _IDENTIFICATION):
        return []
    found = [
        f"{name} must be set when another CLIENT_OIDC_ setting is"
        for name in _IDENTIFICATION
        if name not in env
    ]
    if environment == "production" and not env.get("CLIENT_OIDC_ISSUER", "https:").startswith("https:"):
        found.append("CLIENT_OIDC_ISSUER must begin with https:// when MARKETPLACE_ENV=production")
    if "CLIENT_OIDC_KEY_FILE" in env and not Path(env["CLIENT_OIDC_KEY_FILE"]).is_file():
        found.append(f"CLIENT_OIDC_KEY_FILE {env['CLIENT_OIDC_KEY_FILE']} is not a file")
    return found


def _impossible_stripe(env: Mapping[str, str]) -> list[str]:
    if "STRIPE_API_KEY" in env and "STRIPE_WEBHOOK_SECRET" not in env:
        return ["STRIPE_WEBHOOK_SECRET must be set when STRIPE_API_KEY is"]
    return []


def _impossible_keys(env: Mapping[str, str]) -> list[str]:
    found = []
    for name in ("AUDIT_KEY", "CLIENT_KEY"):
        keys = _apart(env.get(name, ""))
        if not all(re.fullmatch(r"([0-9a-fA-F]{2})+", key) for key in keys):
            found.append(f"{name} must be hex, several keys apart by commas")
        elif any(len(key) < LEAST_HEX for key in keys):
            found.append(f"{name} must have at least {LEAST_HEX} hex digits (32 bytes) for each key")
    former = _apart(env.get("SECRET_KEY_FALLBACKS", ""))
    if former and "SECRET_KEY" not in env:
        found.append("SECRET_KEY must be set when SECRET_KEY_FALLBACKS is")
    if env.get("SECRET_KEY") in former:
        found.append("SECRET_KEY_FALLBACKS holds the present SECRET_KEY: it is for former ones")
    return found


def _apart(given: str) -> list[str]:
    """The values that stand in a setting with commas between."""
    return [value.strip() for value in given.split(",")] if given else []


def _keys(given: str, purpose: bytes, secrets_of_portal: Iterable[str]) -> tuple[bytes, ...]:
    """The keys of a setting, the present one first; when it is not set, one made of each of the portal's secrets."""
    if given:
        return tuple(bytes.fromhex(key) for key in _apart(given))
    return tuple(hmac.digest(secret.encode(), purpose, "sha256") for secret in secrets_of_portal)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _impossible_address(name: str, value: str, schemes: tuple[str, ...]) -> Iterator[str]:
    beginnings = " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        yield f"{name} is no address: {error}"
        return
    if parts.scheme not in schemes:
        yield f"{name} must begin with {beginnings}"
    elif parts.scheme not in _WITHOUT_HOST and not host and "host=" not in parts.query:
        yield f"{name} names no host: {parts.scheme}://host…"
    elif name == "PUBLIC_URL" and (parts.username or parts.path.strip("/") or parts.query or parts.fragment):
        yield f"{name} is more than scheme, host and port: the portal has a host of its own, without a path"


def _kept_secret(path: Path) -> str:
    """The secret kept in `path`, made at the first call; readable by the owner only.

    Raises ConfigurationError for a file that a crash has left empty: with a secret that everybody knows nothing holds.
    """
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process may have been first; its secret holds
            os.link(draft, path)
        draft.unlink()
    kept = path.read_bytes().strip()
    if len(kept) < LEAST_SECRET or not kept.isascii():
        raise ConfigurationError(
            f"{path} holds no secret: restore it from the backup; if there is none, delete it, and a new one is made, "
            "with which nothing that was signed or sealed holds"
        )
    return kept.decode("ascii")
