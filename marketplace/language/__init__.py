"""How words are understood: tokens, base forms, compound parts, synonyms and misspellings, in Finnish and Swedish."""
