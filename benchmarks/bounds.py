"""What a measured figure is held against: said beside it, so that whoever runs a benchmark need not look it up."""

from __future__ import annotations


def held(name: str, found: float, unit: str, *, most: float | None = None, least: float | None = None) -> str:
    """A line that tells a figure, its bound, and whether it is kept."""
    kept = (most is None or found <= most) and (least is None or found >= least)
    bound = f"at most {most:g}" if most is not None else f"at least {least:g}"
    return f"{'kept' if kept else 'NOT KEPT'}: {name}, {found:.1f} {unit}, {bound} {unit}"
