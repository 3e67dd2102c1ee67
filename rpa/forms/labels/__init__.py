"""Documents that people read -> reports, by the titles of a form's questions.

`report` does it: `lines` -> `matching` of labels within `scopes` -> `doubts` -> `answers`. None in a wrong
question: what is not certain goes into the narrative. Never here: the format of a document (`rpa.documents`).
"""
