"""A provider's own facts and people: registering, addresses, account number, invoicing, who may act for it."""
