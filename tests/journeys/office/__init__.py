"""The office approves: journeys that take months of the portal's time."""
