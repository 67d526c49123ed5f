"""What runs the stages: base.py says which verbs there are; local.py is this machine, spark.py workers on many."""
