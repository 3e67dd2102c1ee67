"""A PDF -> what is written in it.

`document` reads it: characters -> words -> segments -> columns and rows -> paragraphs, and the fields of its form.
Never here: what a label means (`rpa.forms.labels`).
"""
