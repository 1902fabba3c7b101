"""People near to a client who are paid for the client's support, approved in a light way, known to nobody else."""
