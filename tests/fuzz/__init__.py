"""Every parser against bytes that nobody meant: what it may raise, and what must hold of what it takes.

make fuzz SECONDS=300
"""
