"""Tests of what time and quantities cost."""
