"""The national service register: what approved services are, in its shape, and what has been sent. docs/register.md."""
