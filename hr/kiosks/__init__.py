"""Which boxes may speak for the factory, and the codes with which new ones ask to be let in."""
