"""What a client has been granted and agreed: so far the agreements with providers."""
