"""Who may take no part in a company's matters for an office: disqualification (Hallintolaki 27–28 §, esteellisyys)."""
