"""How an agreement comes about and ends: the client chooses, the provider answers, either side ends it."""
