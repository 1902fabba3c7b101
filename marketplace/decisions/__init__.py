"""What every formal decision shares: two people, numbers, grounds, hearing, letter, review, corrections, archive."""
