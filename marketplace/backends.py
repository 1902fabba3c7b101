"""What stands beside the portal, as settings name it: the store of files, the search server, the mandates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

_S3_KEY: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")

_SEARCH: Final = re.compile(
    r"opensearch(?P<tls>\+https)?://(?:(?P<user>[^:@/]+):(?P<password>[^@/]+)@)?"
    r"(?P<hosts>[^@/?,]+(?:,[^@/?,]+)*)/(?P<name>[a-z][a-z0-9_]*)(?:\?ca=(?P<ca>/.+))?"
)
_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_WITH_PORT: Final = re.compile(r":\d+$")

_PORT: Final = 9200


@dataclass(frozen=True)
class S3Access:
    """An S3 store and the portal's key to it; `endpoint` is empty where it is Amazon's own."""

    endpoint: str
    region: str
    key: str
    secret: str = field(repr=False)


def s3_access(env: Mapping[str, str]) -> S3Access | None:
    """The key to the S3 store; None without one."""
    if not all(name in env for name in _S3_KEY):
        return None
    key, secret = (env[name] for name in _S3_KEY)
    return S3Access(env.get("AWS_ENDPOINT_URL", ""), env.get("AWS_REGION", "us-east-1"), key, secret)


def impossible_files(env: Mapping[str, str]) -> Iterator[str]:
    """What of the store of files can never work, a line on each."""
    in_buckets = [name for name in ("FILES_URL", "FILES_ARCHIVE_URL") if env.get(name, "").startswith("s3:")]
    for name in in_buckets:
        yield from (f"{each} must be set when {name} is an S3 store" for each in _S3_KEY if each not in env)
    if "FILES_PUBLIC_URL" in env and not env.get("FILES_URL", "").startswith("s3:"):
        yield "FILES_PUBLIC_URL is for files in an S3 store: FILES_URL names none"


@dataclass(frozen=True)
class SearchServer:
    """An OpenSearch server: the addresses of its nodes, the name of the portal's indexes, and how one gets in.

    `authorities` is a file of certificates that are trusted beside those of the system; empty for those alone.
    """

    addresses: tuple[str, ...]
    name: str
    user: str = ""
    password: str = field(default="", repr=False)
    authorities: str = ""


def search_server(env: Mapping[str, str]) -> SearchServer | None:
    """The search server of SEARCH_URL; None without one, when every machine has the embedded engine."""
    found = _SEARCH.fullmatch(env.get("SEARCH_URL", ""))
    if found is None:
        return None
    scheme = "https" if found["tls"] else "http"
    hosts = (host if _WITH_PORT.search(host) else f"{host}:{_PORT}" for host in found["hosts"].split(","))
    return SearchServer(
        tuple(f"{scheme}://{host}" for host in hosts),
        found["name"],
        unquote(found["user"] or ""),
        unquote(found["password"] or ""),
        found["ca"] or "",
    )


def impossible_search(env: Mapping[str, str]) -> Iterator[str]:
    """What of SEARCH_URL can never work."""
    if "SEARCH_URL" not in env:
        return
    found = _SEARCH.fullmatch(env["SEARCH_URL"])
    if found is None or not all(_HOST.fullmatch(host) for host in found["hosts"].split(",")):
        yield (
            "SEARCH_URL must be opensearch://host:9200/name or "
            "opensearch+https://user:password@host:9200,host:9200/name, the name in small letters, digits and _"
        )


@dataclass(frozen=True)
class Authorizations:
    """The register of mandates (Suomi.fi-valtuudet): its address and the name by which it knows us.

    `key` signs questions about people (Authorization REST API), `web_key` and `password` belong to its Web API, which
    tells for which companies somebody may act; each is empty where that is not asked.
    """

    url: str
    client_id: str
    key: str = field(default="", repr=False)
    web_key: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


_AUTHORIZATIONS: Final = ("AUTHORIZATIONS_URL", "AUTHORIZATIONS_CLIENT_ID")
_OF_PEOPLE: Final = "AUTHORIZATIONS_API_KEY"
_IDENTIFIED: Final = "CLIENT_OIDC_ISSUER"
_OF_COMPANIES: Final = ("AUTHORIZATIONS_WEB_KEY", "AUTHORIZATIONS_OAUTH_PASSWORD")


def authorizations(env: Mapping[str, str]) -> Authorizations | None:
    """The register of mandates, or None."""
    if not all(name in env for name in _AUTHORIZATIONS):
        return None
    url, client_id = (env[name] for name in _AUTHORIZATIONS)
    keys = (env.get(name, "") for name in (_OF_PEOPLE, *_OF_COMPANIES))
    return Authorizations(url.rstrip("/"), client_id, *keys)


def impossible_authorizations(env: Mapping[str, str], environment: str) -> list[str]:
    """What is missing of the register of mandates or can never work, a line on each."""
    if not any(env.get(name) for name in (*_AUTHORIZATIONS, _OF_PEOPLE, *_OF_COMPANIES)):
        return []
    of_companies = any(env.get(name) for name in _OF_COMPANIES)
    wanted = (*_AUTHORIZATIONS, *(_OF_COMPANIES if of_companies else (_OF_PEOPLE,)))
    found = [
        f"{name} must be set when another AUTHORIZATIONS_ setting is" for name in wanted if not env.get(name)
    ]
    if of_companies and _IDENTIFIED not in env:
        found.append(
            f"{_IDENTIFIED} must be set when {_OF_COMPANIES[0]} is: who asks for which companies they may act "
            "is identified first"
        )
    if environment == "production" and not env.get("AUTHORIZATIONS_URL", "https:").startswith("https:"):
        found.append("AUTHORIZATIONS_URL must begin with https:// when MARKETPLACE_ENV=production")
    return found
