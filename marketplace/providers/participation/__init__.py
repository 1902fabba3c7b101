"""Whether a provider takes part: a pause, a stop to new clients, leaving a pilot or the portal."""
