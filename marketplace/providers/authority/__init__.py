"""The right to act for a company: shown by the office's word or by a code in a letter to its registered address."""
