"""Tests of the office's side of applications."""
