"""What is new for a draft when its pilot’s definition has changed."""
