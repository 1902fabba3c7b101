"""What a provider is approved for: the life of an approval from its grant to its end."""
