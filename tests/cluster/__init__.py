"""Several machines for real: PostgreSQL with standbys, an S3 store, two nodes, a balancer."""
