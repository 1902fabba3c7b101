"""Up to four offers side by side: which, what is compared, the files."""
