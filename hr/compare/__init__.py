"""The parallel month: a sheet kept by hand beside what was recorded here."""
