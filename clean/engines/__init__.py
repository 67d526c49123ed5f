"""What runs the stages: base.py says which verbs there are; local.py has them in memory, and threads; processes.py and spark.py
are workers beside them, on this machine and on many (remote.py: what these have in common; ordered.py: results in order)."""
