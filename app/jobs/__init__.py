"""Ground floor, jobs: what is asked to happen later; the rows are the truth, a queue only wakes who works."""
