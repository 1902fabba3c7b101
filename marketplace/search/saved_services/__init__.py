"""Services that a visitor keeps on the own device: in a signed cookie, and nowhere else."""
