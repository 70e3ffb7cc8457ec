"""What a box knows of its own health: `probes` look, `checks` judge. `clockpiece doctor` prints it."""
