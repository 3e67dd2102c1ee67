"""Boxes to tick that are letters of a text -> what was ticked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rpa.documents.written import Block, Field

TICKED, EMPTY = "\N{BALLOT BOX WITH X}", "\N{BALLOT BOX}"
_BOX = re.compile("[\N{BALLOT BOX}\N{BALLOT BOX WITH CHECK}\N{BALLOT BOX WITH X}]")


def without_boxes(block: Block) -> Iterator[Block | Field]:
    """One box before a text is a question with the answer Yes or No; of several, the text of those that are ticked
    is the answer to what stands before the first."""
    boxes = list(_BOX.finditer(block.text))
    if not boxes:
        yield block
        return
    question = block.text[: boxes[0].start()].strip()
    ends = [*(box.start() for box in boxes[1:]), len(block.text)]
    options = [
        (box[0] != EMPTY, block.text[box.end() : end].strip()) for box, end in zip(boxes, ends, strict=True)
    ]
    if len(options) == 1 and not question and options[0][1]:
        yield Field(options[0][1], "Yes" if options[0][0] else "No", block.page)
    elif len(options) == 1 and question and not options[0][1]:
        yield Field(question, "Yes" if options[0][0] else "No", block.page)
    else:
        yield from _chosen(block, question, [option for ticked, option in options if ticked])


def _chosen(block: Block, question: str, options: list[str]) -> Iterator[Block | Field]:
    chosen = "\n".join(filter(None, options))
    if question:
        yield Field(question, chosen, block.page)
    elif chosen:
        yield Block(chosen, block.page, left=block.left)
