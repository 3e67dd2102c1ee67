"""Documents that nobody wrote, for every parser: samples changed at random, each read within limits of memory and
time. Nothing here knows a format; `parsers.py` names them, a line each."""
