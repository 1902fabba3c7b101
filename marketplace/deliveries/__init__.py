"""What was delivered to clients under their agreements: recorded by providers, priced here, confirmed or disputed."""
