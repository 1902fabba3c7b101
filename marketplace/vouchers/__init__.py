"""What a client has been granted and agreed: service decisions with their budgets, agreements with providers."""
