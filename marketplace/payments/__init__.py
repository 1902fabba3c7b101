"""How the organisation pays providers directly: to the cent, once, and so that each cent can be followed."""
