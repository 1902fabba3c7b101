"""The office looks at the proofs that providers send after they were approved."""
