"""The supervisor's pages: machines, output to seal, pieces without owner, unknown badges, the clock."""
