"""Links sent by mail that prove whose an address is: for a new password, and before an account exists."""
