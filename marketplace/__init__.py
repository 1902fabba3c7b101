"""Palvelutori – Servicetorget: provider marketplace and approval portal for personal budgets."""
