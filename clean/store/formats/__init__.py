"""The formats a corpus can have: one module a job, none knows another; `reading` and `writing` put them together."""
