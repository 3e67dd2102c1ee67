"""Messages: MIME, Outlook's .msg and winmail.dat -> their bodies, their attachments and what could not be opened.

`message` reads them all. Never here: which of the attachments is a report (`rpa.unpacking`), or a mail server.
"""
