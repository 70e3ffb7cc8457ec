"""A whole house in one process: device, link, core, sync, network and HR, with the real rules and stores.

What is modelled is only what has no rules of ours: the plug, the wire, the machine and the people.

    python -m tests.faults.machine --examples 200 --seed 1
"""
