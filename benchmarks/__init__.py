"""How fast the parts of the portal are, each measured on its own: `python -m benchmarks.<name>`."""
