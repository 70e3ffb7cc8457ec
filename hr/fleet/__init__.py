"""How the boxes stand, and who is reminded of one that is in trouble."""
