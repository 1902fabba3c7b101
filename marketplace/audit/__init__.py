"""What happened, who did it and when: append-only, hash-chained."""
