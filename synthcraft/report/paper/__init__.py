"""What a paper needs of a report: tables, figures, methods, references and checklists."""

from synthcraft.report.paper.pack import pack as pack
