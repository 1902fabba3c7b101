"""What sets the portal up and tests it; nothing here runs while the portal serves."""
