"""The test run's own PostgreSQL: there while the command runs, gone afterwards, and the command's status is kept."""

import sys
from pathlib import Path

import sqlalchemy as sa

from scripts import postgres


def test_the_server_answers_inside_the_block_and_leaves_nothing_behind() -> None:
    with postgres.server() as url:
        folder = Path(sa.make_url(url).query["host"])  # type: ignore[arg-type]
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            assert connection.scalar(sa.text("SHOW fsync")) == "off"
        engine.dispose()
        assert folder.is_dir()
    assert not folder.exists()


def test_the_command_gets_the_address_and_its_status_comes_back() -> None:
    says = "import os, sys; sys.exit(7 if os.environ['TEST_POSTGRES_URL'].startswith('postgresql+psycopg://') else 1)"
    assert postgres.run([sys.executable, "-c", says]) == 7
