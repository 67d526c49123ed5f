"""What runs the stages: base.py says which verbs there are."""
