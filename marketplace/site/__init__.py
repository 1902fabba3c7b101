"""The pages of no other room: the start page and what the portal says of itself."""
