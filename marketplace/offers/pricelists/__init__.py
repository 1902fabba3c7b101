"""All prices of a provider as one table: out as CSV or XLSX, changed in a spreadsheet, looked through, and in again."""
