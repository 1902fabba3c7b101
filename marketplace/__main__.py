"""`python -m marketplace` is the `marketplace` command."""

from marketplace.app import command

command()
