"""Service of documents: how a hearing, a request or a decision reaches its party, or that it has not yet."""
