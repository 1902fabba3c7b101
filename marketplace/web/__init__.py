"""The frame of every page: request, permissions, forms, saved entries, limits, error pages."""
