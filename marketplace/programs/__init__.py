"""What a provider's own programs do here with a key: deliveries recorded, statements read. Docs: docs/deliveries.md."""
