"""Taking in a county's spreadsheet of providers that it has approved already.

A file becomes tables (`sheet`), a table becomes rows of known columns (`layout`, `words`), a row becomes facts or a
refusal (`values`, `rules`), rows become companies (`companies`), and companies become providers with approvals
(`service`). `report` says what became of each row; `confirming` keeps a list that the office looks through first.
`docs/import.md` explains it to the person who has the sheet.
"""
