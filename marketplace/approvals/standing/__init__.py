"""An approval's life after the decision: measures against it, conditions, proofs that run out, yearly rechecks."""
