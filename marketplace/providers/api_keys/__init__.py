"""The keys with which a provider's own programs use the portal."""
