"""How good the cleaning is, measured: `make quality`, or `python -m quality --help` with `tests` on the path.

Modules: tongues writes news in four languages; corpus makes sites of it, every line labelled; score counts words removed,
kept and lost; command runs the real command; tables prints; suites are the measurements.
"""
