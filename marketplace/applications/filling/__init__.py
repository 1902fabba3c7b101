"""The pages on which an application is filled in, and what they save."""
