"""Finding providers: invitations, information sessions, and taking in those approved already."""
