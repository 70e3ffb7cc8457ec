"""The command line's rooms: one module per group of commands. With `clockpiece.py` the only place that sees two rooms
at once: it builds adapters and hands them in. Rooms are imported inside the command that needs them, so that each
process loads only what it runs.
"""
