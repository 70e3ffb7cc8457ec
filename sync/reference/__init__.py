"""reference.db: what HR sends down, how it is fetched, and how far HR has received. `sync` is its only writer."""
