"""Two people do something to the same thing at the same moment, for every workflow of the portal."""
