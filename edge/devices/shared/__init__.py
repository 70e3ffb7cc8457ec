"""What several families use and none owns: it is no family, and imports none."""
