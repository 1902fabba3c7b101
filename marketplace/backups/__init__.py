"""Backups: the database and the files of one moment, brought back and proved."""
