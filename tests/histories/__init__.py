"""Histories of one counter around one event, with what the machine really made: does the box count it, or say so?

python -m tests.histories --n 1000000 --seed 1
"""
