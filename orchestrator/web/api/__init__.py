"""The Standard API: who asks, what they send, and what they are told.

`application` has the addresses, `authentication` and `rates` say who may ask, `bodies` and `parts` take in what is
sent, `submissions` hands it to the action, `refusals` is every error, `documents` and `openapi` describe all of
it, `health` says how the service stands. Nothing of a refused request is kept.
"""
