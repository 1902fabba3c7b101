"""The same offers and the same questions for other engines: total, the first twenty and counts of five facets.

Each gets the keys that our analysis made, so that all of them find the same offers; none of them has to leave a
facet's own filter out of its counts, which ours does.
"""
# ruff: noqa: D102, S608 - methods say what Rival says; the SQL is put together from this file's own names

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, cast

import sqlalchemy as sa

from marketplace.search.engine import Document, SearchQuery

FACETS = ("service", "municipality", "group", "language", "feature")
FIRST = 20


class Rival(Protocol):
    """Another engine."""

    name: str

    def build(self, documents: Iterable[Document]) -> None:
        """Index the documents."""

    def search(self, question: SearchQuery) -> int:
        """Answer with total, first hits and facet counts; return the total."""


def _safe(key: str) -> str:
    """A key as one word that every tokenizer leaves alone."""
    return "k" + key.encode().hex()


def _wanted(question: SearchQuery) -> list[list[str]]:
    return [[_safe(key) for key in term.keys] for term in question.terms]


class Fts5:
    """SQLite FTS5 with the values in a table of their own."""

    name = "SQLite FTS5"

    def __init__(self, folder: Path) -> None:
        self.db = sqlite3.connect(folder / "fts.sqlite")

    def build(self, documents: Iterable[Document]) -> None:
        self.db.executescript(
            "CREATE VIRTUAL TABLE words USING fts5(keys, content='');"
            "CREATE TABLE facets (name TEXT, key TEXT, id INTEGER, PRIMARY KEY (name, key, id)) WITHOUT ROWID;"
            "CREATE TABLE offers (id INTEGER PRIMARY KEY);"
        )
        for document in documents:
            keys = " ".join(map(_safe, document.keys))
            self.db.execute("INSERT INTO words (rowid, keys) VALUES (?, ?)", (document.id, keys))
            self.db.execute("INSERT INTO offers VALUES (?)", (document.id,))
            rows = [(name, key, document.id) for name in FACETS for key in document.values[name]]
            self.db.executemany("INSERT INTO facets VALUES (?, ?, ?)", rows)
        self.db.commit()
        self.db.executescript("CREATE INDEX by_id ON facets (id, name, key); ANALYZE;")

    def search(self, question: SearchQuery) -> int:
        conditions, given = [], []
        if question.terms:
            conditions.append("id IN (SELECT rowid FROM words WHERE words MATCH ?)")
            given.append(" AND ".join("(" + " OR ".join(keys) + ")" for keys in _wanted(question)))
        for name, keys in question.filters.items():
            marks = ",".join("?" * len(keys))
            conditions.append(f"id IN (SELECT id FROM facets WHERE name = ? AND key IN ({marks}))")
            given += [name, *keys]
        where = " AND ".join(conditions) or "1"
        self.db.execute("DROP TABLE IF EXISTS temp.found")
        self.db.execute(f"CREATE TEMP TABLE found AS SELECT id FROM offers WHERE {where}", given)
        total = self.db.execute("SELECT count(*) FROM found").fetchone()[0]
        self.db.execute("SELECT id FROM found LIMIT ?", (FIRST,)).fetchall()
        self.db.execute(
            "SELECT name, key, count(*) FROM found JOIN facets USING (id) GROUP BY name, key"
        ).fetchall()
        return int(total)


class Postgres:
    """PostgreSQL full text with a GIN index, the values as arrays with GIN indexes."""

    name = "PostgreSQL"

    def __init__(self, url: str) -> None:
        self.connection = sa.create_engine(url).connect().execution_options(isolation_level="AUTOCOMMIT")

    def build(self, documents: Iterable[Document]) -> None:
        columns = ", ".join(f'"{name}" text[]' for name in FACETS)
        self.connection.exec_driver_sql(f"CREATE TABLE bench (id int PRIMARY KEY, keys tsvector, {columns})")
        marks = ", ".join(f":{name}" for name in FACETS)
        insert = sa.text(f"INSERT INTO bench VALUES (:id, array_to_tsvector(:keys), {marks})")
        rows: list[dict[str, Any]] = []
        for document in documents:
            values = {name: list(document.values[name]) for name in FACETS}
            rows.append({"id": document.id, "keys": [_safe(key) for key in document.keys], **values})
            if len(rows) == 1000:
                self.connection.execute(insert, rows)
                rows = []
        if rows:
            self.connection.execute(insert, rows)
        for name in ("keys", *FACETS):
            self.connection.exec_driver_sql(f'CREATE INDEX ON bench USING gin ("{name}")')
        self.connection.exec_driver_sql("VACUUM ANALYZE bench")

    def search(self, question: SearchQuery) -> int:
        conditions, given = ["true"], dict[str, Any]()
        if question.terms:
            conditions.append("keys @@ to_tsquery('simple', :words)")
            given["words"] = " & ".join("(" + " | ".join(keys) + ")" for keys in _wanted(question))
        for name, keys in question.filters.items():
            conditions.append(f'"{name}" && :f_{name}')
            given[f"f_{name}"] = list(keys)
        counts = " UNION ALL ".join(
            f"SELECT '{name}', key, count(*) FROM found, unnest(\"{name}\") AS key GROUP BY key"
            for name in FACETS
        )
        where = " AND ".join(conditions)
        rows = self.connection.execute(
            sa.text(
                f"WITH found AS MATERIALIZED (SELECT * FROM bench WHERE {where}) "
                f"SELECT '', '', count(*) FROM found UNION ALL {counts}"
            ),
            given,
        ).all()
        self.connection.execute(sa.text(f"SELECT id FROM bench WHERE {where} LIMIT {FIRST}"), given).all()
        return int(rows[0][2])


class Tantivy:
    """Tantivy with raw keyword fields and terms aggregations."""

    name = "Tantivy"

    def __init__(self, folder: Path) -> None:
        import tantivy

        self.tantivy = tantivy
        builder = tantivy.SchemaBuilder().add_unsigned_field("id", stored=True, fast=True)
        builder.add_text_field("keys", tokenizer_name="whitespace", index_option="freq")
        for name in FACETS:
            builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema, path=str(folder))

    def build(self, documents: Iterable[Document]) -> None:
        writer = self.index.writer(heap_size=256_000_000, num_threads=1)
        for document in documents:
            made = self.tantivy.Document()
            made.add_unsigned("id", document.id)
            made.add_text("keys", " ".join(map(_safe, document.keys)))
            for name in FACETS:
                for key in document.values[name]:
                    made.add_text(name, key)
            writer.add_document(made)
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def search(self, question: SearchQuery) -> int:
        query = self.tantivy.Query
        must = self.tantivy.Occur.Must
        parts = [(must, query.term_set_query(self.schema, "keys", keys)) for keys in _wanted(question)]
        parts += [
            (must, query.term_set_query(self.schema, name, list(keys)))
            for name, keys in question.filters.items()
        ]
        asked = query.boolean_query(parts) if parts else query.all_query()
        total = cast(Any, self.searcher.search(asked, limit=FIRST, count=True)).count
        self.searcher.aggregate(asked, {name: {"terms": {"field": name, "size": 400}} for name in FACETS})
        return int(total)


class PlainWhoosh:
    """Whoosh asked the ordinary way: a query, filters as terms, groups for every facet."""

    name = "plain Whoosh"

    def __init__(self, folder: Path) -> None:
        from whoosh import fields, index

        # scorable: without lengths Whoosh looks for their file at every posting, which adds half to the time of a build
        keyword = {name: fields.KEYWORD(scorable=True) for name in ("keys", *FACETS)}
        self.index = index.create_in(str(folder), fields.Schema(id=fields.NUMERIC(stored=True), **keyword))

    def build(self, documents: Iterable[Document]) -> None:
        writer = self.index.writer(limitmb=256, procs=2, multisegment=True)
        for document in documents:
            values: Mapping[str, list[str]] = {name: list(document.values[name]) for name in FACETS}
            writer.add_document(id=document.id, keys=list(document.keys), **values)
        writer.commit()
        self.searcher = self.index.searcher()

    def search(self, question: SearchQuery) -> int:
        from whoosh import query, sorting

        parts: list[Any] = [
            query.Or([query.Term("keys", key) for key in term.keys]) for term in question.terms
        ]
        for name, keys in question.filters.items():
            parts.append(query.Or([query.Term(name, key) for key in keys]))
        groups = {
            name: sorting.FieldFacet(name, allow_overlap=True, maptype=sorting.Count) for name in FACETS
        }
        found = self.searcher.search(
            query.And(parts) if parts else query.Every(), limit=FIRST, groupedby=groups
        )
        for name in FACETS:
            found.groups(name)
        return len(found)


def rivals(folder: Path, postgres_url: str | None) -> list[Rival]:
    """Every other engine that is installed here."""
    found: list[Rival] = []
    for maker, name in ((PlainWhoosh, "whoosh"), (Fts5, "fts"), (Tantivy, "tantivy")):
        place = folder / name
        place.mkdir()
        with suppress(ImportError):
            found.append(maker(place))
    if postgres_url:
        found.append(Postgres(postgres_url))
    return found
