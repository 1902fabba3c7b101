"""Information sessions: planned by the office, open to everybody."""
