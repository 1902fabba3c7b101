"""What the budget does for people: asked of those who agreed, kept apart from identity and money. docs/effects.md."""
