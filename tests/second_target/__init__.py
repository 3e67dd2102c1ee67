"""A ticket desk: a second target, as unlike the practice CHS as web forms come.

Sign-in in two steps, one page without a Continue, everything by script: the form goes on building itself after it
has loaded, the ticket is sent by fetch, and the reference appears in a toast. No page posts a form.
"""
