"""What a paper needs of a report: tables, figures, methods, references and checklists."""
