"""The WSGI entry: for any server that takes an application: `wsgi:app`."""

from marketplace.app import create_app

app = create_app()
