"""Clients: who they are to an organisation, who looks at their data and on what ground, and their own pages."""
