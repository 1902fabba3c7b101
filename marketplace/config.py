"""Settings, read once from the environment."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent


class ConfigurationError(Exception):
    """A setting is missing or impossible; the message names it."""


@dataclass(frozen=True)
class Settings:
    """Everything the portal is told from outside; `from_environment` documents each variable."""

    database_url: str
    secret_key: str
    data_dir: Path
    mail_url: str
    mail_from: str = "palvelutori@example.fi"
    public_url: str = "http://127.0.0.1:8000"
    production: bool = False
    trusted_proxies: int = 0
    max_upload_bytes: int = 10 * 1024 * 1024
    max_request_bytes: int = 12 * 1024 * 1024
    ytj_url: str = ""
    clamd_url: str = ""
    pilots_dir: Path | None = None
    audit_keys: tuple[bytes, ...] = ()
    audit_anchor_url: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Read DATABASE_URL, SECRET_KEY, DATA_DIR, MAIL_URL, MAIL_FROM, PUBLIC_URL, TRUSTED_PROXIES, MARKETPLACE_ENV.

        YTJ_URL is the address of the company register's open data (empty: companies are typed), CLAMD_URL that of a
        virus scanner, `tcp://host:3310` or `unix:///path` (empty: files are not scanned). PILOTS_DIR is the folder of
        the pilots, organisations and words that this portal has beside those that ship (empty: none).

        AUDIT_KEY seals the audit trail: keys in hex, the present one first and former ones after commas; without it a
        key is made from SECRET_KEY, which then must stay the same. AUDIT_ANCHOR_URL is where checkpoints of the trail
        are shipped, `file:///path` or `syslog://host:port` (empty: the portal's log).

        All are optional outside production; in production SECRET_KEY is mandatory. Outside production a secret is
        made once and kept in DATA_DIR, so that sessions survive a restart. Raises ConfigurationError.
        """
        env = os.environ if environ is None else environ
        production = env.get("MARKETPLACE_ENV", "development") == "production"
        data_dir = Path(env.get("DATA_DIR") or ROOT / "var").resolve()
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret = env.get("SECRET_KEY", "")
        if not secret:
            if production:
                raise ConfigurationError("SECRET_KEY must be set when MARKETPLACE_ENV=production")
            secret = _kept_secret(data_dir / "secret_key")
        proxies = env.get("TRUSTED_PROXIES", "0")
        if not proxies.isdigit():
            raise ConfigurationError("TRUSTED_PROXIES must be the number of proxies in front of the portal")
        port = env.get("PORT", "8000")
        for name, schemes in (("YTJ_URL", ("http", "https")), ("CLAMD_URL", ("tcp", "unix"))):
            if env.get(name) and urlsplit(env[name]).scheme not in schemes:
                raise ConfigurationError(f"{name} must begin with {' or '.join(f'{s}://' for s in schemes)}")
        pilots_dir = Path(env["PILOTS_DIR"]).resolve() if env.get("PILOTS_DIR") else None
        if pilots_dir is not None and not pilots_dir.is_dir():
            raise ConfigurationError(f"PILOTS_DIR {pilots_dir} is not a folder")
        return cls(
            database_url=env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'palvelutori.sqlite'}",
            secret_key=secret,
            data_dir=data_dir,
            mail_url=env.get("MAIL_URL") or f"file://{data_dir / 'mail'}",
            mail_from=env.get("MAIL_FROM", "palvelutori@example.fi"),
            public_url=env.get("PUBLIC_URL", f"http://127.0.0.1:{port}").rstrip("/"),
            production=production,
            trusted_proxies=int(proxies),
            ytj_url=env.get("YTJ_URL", ""),
            clamd_url=env.get("CLAMD_URL", ""),
            pilots_dir=pilots_dir,
            audit_keys=_audit_keys(env.get("AUDIT_KEY", ""), secret),
            audit_anchor_url=_anchor(env.get("AUDIT_ANCHOR_URL", "")),
        )

    @property
    def files_dir(self) -> Path:
        """Where uploaded and archived files are kept, by content hash."""
        return self.data_dir / "files"

    @property
    def index_dir(self) -> Path:
        """Where the derived search index lives; losing it loses nothing."""
        return self.data_dir / "index"

    @property
    def alive_file(self) -> Path:
        """Touched by the worker every few seconds while it does its duties."""
        return self.data_dir / "worker.alive"


def _audit_keys(given: str, secret: str) -> tuple[bytes, ...]:
    if not given:
        return (hmac.digest(secret.encode(), b"palvelutori audit trail", "sha256"),)
    try:
        keys = tuple(bytes.fromhex(key.strip()) for key in given.split(","))
    except ValueError:
        raise ConfigurationError("AUDIT_KEY must be hex, several keys apart by commas") from None
    if any(len(key) < 32 for key in keys):
        raise ConfigurationError("AUDIT_KEY must have at least 64 hex digits (32 bytes) for each key")
    return keys


def _anchor(url: str) -> str:
    if url and urlsplit(url).scheme not in ("file", "syslog"):
        raise ConfigurationError("AUDIT_ANCHOR_URL must begin with file:// or syslog://")
    return url


def _kept_secret(path: Path) -> str:
    """The secret kept in `path`, made at the first call; readable by the owner only."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # another process may have been first; its secret holds
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
