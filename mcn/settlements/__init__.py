"""What is owed and when: periods, statements, tax, exports."""
