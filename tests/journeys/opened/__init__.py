"""What each page of the portal opens of the demo content, by the rooms that pages belong to."""
