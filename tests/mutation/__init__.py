"""Whether the tests would notice: small changes of the rules of access, each of which a test must refuse."""
