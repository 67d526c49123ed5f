"""Campaigns against the promise that what went in can be got back and what is published is whole; see docs/reliability.md.

faults: a disk that fails, a process that is killed, limits. fuzz: inputs by chance. determinism: the same bytes from any
machine. mutants: whether the tests would see a change of the code. Each runs for as long as it is told to, and writes its
table into the page; `make test` runs a short piece of each (tests/test_reliability.py).
"""
