"""Numbers of the applications to an office: by state, month and pilot, days to the decision, and outcomes."""
