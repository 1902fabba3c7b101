"""What the law gives people over their own data: a copy, a correction, erasure, and an end of keeping."""
