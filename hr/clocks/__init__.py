"""What the clocks of boxes were worth: effective times from raw stamps, and what was amended."""
