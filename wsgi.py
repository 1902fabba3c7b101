"""The WSGI entry: `gunicorn wsgi:app`."""

from marketplace.app import create_app

app = create_app()
