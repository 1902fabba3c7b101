"""The days by which the office waits for something or does it, for the calendars of its people."""
