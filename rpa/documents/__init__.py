"""Documents: the bytes of a submission -> a document, one module for each format.

What people read becomes a `Written`: `read` of `pdf`, `word`, `html_page`, `rtf`, `csv_table`, `plain_text`, and
of `ocr` for pictures of text; each raises `Unreadable` and nothing else. `kinds` says by content which of them
reads a file, `refused` what is never uploaded into a target. A page of a PDF goes down these stairs: `words`,
`segments`, `columns`, `paragraphs`, `rows`, `layout`; Word, HTML and RTF share `runs`, `tables` and `ticks`.

Never here: what an answer means (`rpa.forms`), or where the bytes came from.
"""
