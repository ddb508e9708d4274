"""The second door, jobs: one file for each kind of work, from a job to the room that does it.

Work is `async def ingest_document(platform, held) -> Outcome`, named in `all.py`. It may be begun at any time again,
beside a late other attempt at the same, and must bear that. How it ends:

- None is done. `Later(seconds, reason)` is tried again, for ever if need be.
- A raised PlatformError of a kind that passes (something is away, or asks us to come back) is Later by itself, after
  5 seconds at first and 5 minutes in the end. Any other PlatformError is a failure with its code and sentence.
- Anything else that is raised is a fault of ours: tried three times more, then failed with INTERNAL_ERROR.
- A job whose worker was gone before the end, five times in a row, fails with WORK_ABANDONED.
- Cancelled: the lease is lost, the job was called off, or the process stops. Write nothing more.

Who has to write down why its subject waits catches what is away itself and returns Later. Who has to write down why
its subject failed gives `Deed` a `failed` as well: it is called, under the lease and before the job ends, for every
failure above, whether the work raised it or never came to say so. It may be called twice.
"""
