"""What both ends say: bytes and bodies between a box and HR. Pure, and the only room of `sync` that others import."""
