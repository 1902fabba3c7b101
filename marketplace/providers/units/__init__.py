"""A provider's units (toimipaikka): where its services are given."""
