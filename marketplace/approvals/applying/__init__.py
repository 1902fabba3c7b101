"""The provider's side of an application: filling in, sending, completing, withdrawing."""
