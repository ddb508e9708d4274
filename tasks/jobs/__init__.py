"""The second door, jobs: one file for each kind of work, from a job to the room that does it."""
