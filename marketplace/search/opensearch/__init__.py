"""The catalogue on an OpenSearch server: one index for all machines, fed with our own keys so that it answers alike."""
