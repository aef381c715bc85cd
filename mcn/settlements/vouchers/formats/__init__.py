"""Vouchers as the files that accounting programmes bring in: one module for each programme.

Each gives `HEADER` and `rows`, in which a text is a str, a count an int and an amount a Decimal in yuan with two
places. These files are read by programmes, so nothing is put before a cell that a spreadsheet might take for a
formula; instead no cell can begin one: texts of the mapping may not (`vouchers.services`), and names and codes of
payees always stand behind words of ours.
"""
