"""The look: macros, scripts, the pages that belong to no feature."""
