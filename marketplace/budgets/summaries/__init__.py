"""The month in writing: what was agreed, given, accepted for payment and left, once for each client and month."""
