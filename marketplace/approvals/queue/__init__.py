"""The office’s queue of applications."""
