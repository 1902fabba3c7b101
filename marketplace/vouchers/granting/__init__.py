"""The service decision: what a client is granted, in which lines, and the budget that each line opens."""
