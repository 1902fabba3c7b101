"""The office’s approval of changes to offers: what waits, how it differs, and what went live."""
