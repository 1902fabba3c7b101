"""Files that people send: checked, scanned, kept under their SHA-256, and handed out."""
