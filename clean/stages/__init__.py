"""The rooms that data walks through: pure functions from tables to tables. The order is in `pipeline`."""
