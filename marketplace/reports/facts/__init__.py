"""What counts for the measures, read from the rows of other rooms."""
