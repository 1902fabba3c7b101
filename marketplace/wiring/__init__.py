"""How the rooms are joined, one file to a kind; `app.wire()` and `create_app()` call them and nobody else does."""
