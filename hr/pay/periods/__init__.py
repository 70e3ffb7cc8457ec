"""Months of pay: reviewed, closed in blocks, kept for ever, and corrected in later months."""
