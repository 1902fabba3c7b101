"""What an organisation owes a provider for a month: live while the month runs, then frozen under a running number."""
