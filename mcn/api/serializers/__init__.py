"""What each record shows. Personal data (identity numbers, bank accounts, phones, legal names) never appears."""
