"""Corrections of clerical errors in decisions."""
