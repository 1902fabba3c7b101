"""Every verb that writes is killed at random moments: the database is then as it was before, or as it shall be."""
