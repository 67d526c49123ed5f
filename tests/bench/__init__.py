"""How fast the cleaning is, measured: `make bench` and `make bench-hard`, or `python -m bench --help` with `tests` on the path.

Modules: corpus writes news of any size; measure runs a command and counts its CPU seconds and memory; copying is the floor
and straightforward the program one would write oneself; stages times the pipeline from inside; hard makes the inputs that
break naive programs; suites are the measurements.
"""
