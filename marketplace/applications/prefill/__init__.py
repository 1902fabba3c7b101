"""What a new application takes over from what is known already."""
