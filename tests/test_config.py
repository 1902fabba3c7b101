"""Settings: what is missing or can never work stops the start, a line on each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from marketplace.backends import SearchServer
from marketplace.config import SECRET_FILE, ConfigurationError, Settings

PRODUCTION = {
    "MARKETPLACE_ENV": "production",
    "SECRET_KEY": "x" * 40,
    "DATABASE_URL": "postgresql+psycopg://portal@db/portal",
    "PUBLIC_URL": "https://palvelut.county.fi",
    "MAIL_URL": "smtp://mail.county.fi",
    "MAIL_FROM": "palvelut@county.fi",
}


def problems_of(environment: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    try:
        Settings.from_environment({"DATA_DIR": str(folder), **environment})
    except ConfigurationError as error:
        return error.problems
    return ()


def test_a_complete_production_is_accepted(tmp_path: Path) -> None:
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path), **PRODUCTION})
    assert settings.production
    assert settings.public_url == "https://palvelut.county.fi"


def test_nothing_needs_to_be_set_for_trying_out(tmp_path: Path) -> None:
    assert problems_of({}, tmp_path) == ()
    assert not Settings.from_environment({"DATA_DIR": str(tmp_path)}).production


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "MARKETPLACE_ENV"])
@pytest.mark.parametrize("value", [None, ""])
def test_production_misses_what_is_not_set(name: str, value: str | None, tmp_path: Path) -> None:
    environment = {key: each for key, each in PRODUCTION.items() if key != name}
    [problem] = problems_of(environment if value is None else {**environment, name: value}, tmp_path)
    assert problem.startswith(f"{name} must be set when MARKETPLACE_ENV=production")


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    assert len(problems_of({"MARKETPLACE_ENV": "production"}, tmp_path)) == 5


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MARKETPLACE_ENV", "prod", "development or production"),
        ("MARKETPLACE_ENV", "Production", "development or production"),
        ("SECRET_KEY", "short", "shorter than 32 characters"),
        ("DATABASE_URL", "rubbish", "must begin with sqlite:// or postgresql+psycopg://"),
        ("DATABASE_URL", "postgresql://portal@db/portal", "must begin with"),
        ("DATABASE_URL", "postgresql+psycopg:///portal", "names no host"),
        ("MAIL_URL", "foo://x", "must begin with smtp:// or smtps:// or file://"),
        ("MAIL_URL", "mail.county.fi", "must begin with"),
        ("MAIL_URL", "smtp://mail.county.fi:many", "is no address"),
        ("MAIL_FROM", "palvelut", "one e-mail address"),
        ("MAIL_FROM", "a@county.fi, b@county.fi", "one e-mail address"),
        ("PUBLIC_URL", "palvelut.county.fi", "must begin with http:// or https://"),
        ("PUBLIC_URL", "https://", "names no host"),
        ("PUBLIC_URL", "https://palvelut.county.fi/portal", "without a path"),
        ("PUBLIC_URL", "https://palvelut.county.fi?x", "without a path"),
        ("PUBLIC_URL", "https://somebody:secret@palvelut.county.fi", "more than scheme, host and port"),
        ("TRUSTED_PROXIES", "yes", "number of proxies"),
        ("TRUSTED_PROXIES", "²", "number of proxies"),
        ("PILOTS_DIR", "/nowhere/at/all", "is not a folder"),
        ("DATA_DIR", "/proc/nowhere", "cannot be used"),
        ("SECURITY_CONTACT", "turva@county.fi", "mailto: or https://"),
        ("LOG_FORMAT", "xml", "text or json"),
        ("HSTS_SUBDOMAINS", "1", "yes or no"),
        ("METRICS_TOKEN", "short", "shorter than 32"),
        ("DATABASE_POOL", "2", "from 6 to 200"),
        ("DATABASE_POOL", "many", "from 6 to 200"),
        ("DATABASE_POOLER", "session", "none or transaction"),
        ("WEB_WORKERS", "two", "number of web processes"),
        ("FILES_URL", "/var/files", "must begin with file:// or s3://"),
        ("FILES_ARCHIVE_URL", "file:///archive", "must begin with s3://"),
        ("FILES_PUBLIC_URL", "https://files.county.fi", "FILES_URL names none"),
        ("AWS_ENDPOINT_URL", "s3.county.fi", "must begin with http:// or https://"),
    ],
)
def test_a_setting_that_can_never_work_is_named(name: str, value: str, words: str, tmp_path: Path) -> None:
    [problem] = problems_of({**PRODUCTION, name: value}, tmp_path)
    assert problem.startswith(name)
    assert words in problem


def test_a_socket_is_a_host_too(tmp_path: Path) -> None:
    url = "postgresql+psycopg://portal@/portal?host=/run/postgresql"
    assert problems_of({**PRODUCTION, "DATABASE_URL": url}, tmp_path) == ()


def test_files_lie_in_the_data_folder_unless_another_place_is_named(tmp_path: Path) -> None:
    own = Settings.from_environment({"DATA_DIR": str(tmp_path / "ä b")})
    assert own.files_url == (tmp_path / "ä b" / "files").as_uri()
    other = Settings.from_environment({"DATA_DIR": str(tmp_path), "FILES_URL": "file:///srv/files"})
    assert other.files_url == "file:///srv/files"
    assert other.incoming_dir == tmp_path / "files" / "incoming"


def test_an_s3_store_needs_its_key_which_is_never_shown(tmp_path: Path) -> None:
    store = {"FILES_URL": "s3://files", "AWS_ENDPOINT_URL": "https://s3.county.fi"}
    missing = problems_of({**PRODUCTION, **store}, tmp_path)
    assert [problem.split()[0] for problem in missing] == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    key = {"AWS_ACCESS_KEY_ID": "portal", "AWS_SECRET_ACCESS_KEY": "hush"}
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path), **PRODUCTION, **store, **key})
    assert settings.s3 is not None
    assert (settings.s3.endpoint, settings.s3.region, settings.s3.secret) == (
        store["AWS_ENDPOINT_URL"],
        "us-east-1",
        "hush",
    )
    assert "hush" not in repr(settings)


def test_a_search_server_is_read_from_its_address(tmp_path: Path) -> None:
    assert Settings.from_environment({"DATA_DIR": str(tmp_path)}).search_server is None
    address = "opensearch+https://kirja:s%40laisuus@10.0.0.1,haku.county.fi:9201,[fd00::1]:9200/palvelutori?ca=/etc/ca.pem"
    found = Settings.from_environment({"DATA_DIR": str(tmp_path), "SEARCH_URL": address}).search_server
    assert found == SearchServer(
        ("https://10.0.0.1:9200", "https://haku.county.fi:9201", "https://[fd00::1]:9200"),
        "palvelutori",
        "kirja",
        "s@laisuus",
        "/etc/ca.pem",
    )
    assert "laisuus" not in str(found)


@pytest.mark.parametrize(
    "address",
    [
        "opensearch://host:9200",
        "opensearch://host:9200/Name",
        "opensearch://host:9200/name-of",
        "opensearch://user@host:9200/name",
        "opensearch://ho st/name",
        "opensearch://host:port/name",
        "https://host:9200/name",
        "opensearch://a,,b/name",
    ],
)
def test_an_address_of_a_search_server_that_can_never_work_is_told(address: str, tmp_path: Path) -> None:
    [problem] = problems_of({"SEARCH_URL": address}, tmp_path)
    assert "SEARCH_URL must be opensearch://" in problem


def test_a_wrong_address_of_a_search_server_does_not_tell_its_password(tmp_path: Path) -> None:
    [problem] = problems_of({"SEARCH_URL": "opensearch://kirja:salaisuus@host:9200"}, tmp_path)
    assert "salaisuus" not in problem


@pytest.mark.parametrize("left", [b"", b"\n", b"short", "ä".encode() * 40])
def test_a_kept_secret_that_a_crash_has_left_empty_stops_the_start(left: bytes, tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).write_bytes(left)
    with pytest.raises(ConfigurationError, match="holds no secret: restore it from the backup"):
        Settings.from_environment({"DATA_DIR": str(tmp_path)})
