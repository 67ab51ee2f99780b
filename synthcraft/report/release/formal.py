"""What differential privacy promises of the table, with the ledger; plainly where it does not."""

from synthcraft.report.document import Block, Figure, Paragraph, Section
from synthcraft.report.privacy import private_section
from synthcraft.report.release.subject import subjects
from synthcraft.report.summary import Summary
from synthcraft.report.words import listed, short

NONE = (
    "None. What the attacks found is all that is known: no mathematical bound limits what another "
    "attack, now or later, may find."
)


def formal_section(summary: Summary) -> Section:
    """The promise, its terms, what was spent, what it leaves out, and the audit."""
    section = private_section(summary)
    bare = [short(c.label) for c in subjects(summary) if c.promise == "none"]
    blocks: list[Block] = []
    if section is None:
        blocks.append(Paragraph(NONE))
    else:
        if bare:
            blocks.append(
                Paragraph(f"{listed(bare)} has no guarantee: no bound limits an attack.", "alert")
            )
        # The curve of utility by ε is in the report; here it is no reason.
        blocks += [block for block in section.blocks if not isinstance(block, Figure)]
    return Section("differential-privacy", "Formal guarantee: differential privacy", tuple(blocks))
