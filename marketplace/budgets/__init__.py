"""What clients see of their budgets: the balance now, each month in writing, and what fits while they choose."""
