"""The office's approval of changes to offers: what waits, how it differs from what is live, and what went live."""
