"""One message of the office to many providers: written in both languages, looked at, and sent to each by itself."""
