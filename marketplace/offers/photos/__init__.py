"""Photos of offers: re-encoded from what is sent, described in both languages, shown with visible offers."""
