"""Letters with codes: how a client signs in who has no other way."""
