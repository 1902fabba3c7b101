"""What the office has written down wrongly about an agreement, and how it is put right."""
