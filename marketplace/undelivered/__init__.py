"""Mail that no server took: the office sees its own, and has it sent again."""
