"""The decision on an application: another person’s, with its number, document, approvals and mail."""
