"""Requests for a review of decisions (oikaisuvaatimus, begäran om omprövning), and when decisions have legal force."""
