"""Worked examples of the rules, run through the product's own: `python -m tests.vectors FILE...`."""
