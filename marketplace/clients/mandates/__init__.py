"""Mandates: who may see or act for a client, given on the portal, on paper or in Suomi.fi."""
