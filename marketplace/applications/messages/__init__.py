"""The thread of messages between a provider and the office about one application."""
