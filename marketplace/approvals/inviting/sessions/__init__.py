"""Information sessions for providers: when and where, who comes, the calendar entry and the reminder."""
