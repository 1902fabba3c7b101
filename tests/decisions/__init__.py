"""Tests of what every formal decision shares."""
