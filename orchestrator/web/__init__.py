"""What `rpa run` serves over HTTP: the Standard API, by which other programs hand over reports.

`server` listens and ends in order, `connection` bounds what one connection may do, `tls` is who is trusted,
`api` is what is asked and returned. Never here: how a report is read, stored or moved (`actions` does that for
every channel).
"""
