"""Facts out, reference data in. `wire`, `facts` and `reference_data` are the vocabulary every room may import."""
