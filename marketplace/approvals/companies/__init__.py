"""A company as the office sees it: finding it by whatever is known of it, and everything about it on one page."""
