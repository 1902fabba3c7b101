"""The pages of clients and of those who act for them."""
