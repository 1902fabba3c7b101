"""A plan of services against a budget, without an account: everything is in the address, nothing is stored."""
