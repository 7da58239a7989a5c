"""The blank tables that offices fill in: what each column asks for, the sheet, its guide."""
