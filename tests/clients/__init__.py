"""Tests of the room of clients."""
