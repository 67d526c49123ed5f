"""The formats a corpus can have: one module a job; `reading` and `writing` put them together."""
