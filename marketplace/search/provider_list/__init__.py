"""The public list of approved providers and the page of each."""
