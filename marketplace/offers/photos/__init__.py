"""Photos of offers: made anew from what is sent, described in both languages, shown with visible offers."""
