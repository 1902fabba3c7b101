"""One letter a morning to each person of the office: what is new, what waits for them, what is due."""
