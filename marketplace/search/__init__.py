"""The public catalogue: search, offer, compare and provider pages over an index that is never stale."""
