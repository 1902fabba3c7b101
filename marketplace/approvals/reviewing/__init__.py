"""The project office's side of an application: the queue, the review, completion requests, proposals, decisions."""
