"""What a provider hands to the office, and the copy that it keeps."""
