"""The Standard Data Model -> the form's own document, by the form's table (`sdm.toml`).

`conversion` does it, `table` is the table. Never here: the structure of the model itself (`rpa.documents.sdm`).
"""
