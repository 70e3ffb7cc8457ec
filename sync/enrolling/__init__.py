"""How a box comes to speak for itself: its key, the key after that, and how it asks to be let in."""
