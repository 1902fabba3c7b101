"""Support plans (tukisuunnitelma, stödplan): what a client wants, what helps, and who does it."""
