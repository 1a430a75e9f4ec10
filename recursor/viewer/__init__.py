"""The page: recorded runs to look at, as one file or live; the same page either way.

Theory of operation. What the page shows comes to it as *documents*, JSON by a name: `documents.py`
makes them, and says what is in each. `report.py` puts the page and every document into one file;
`server.py` serves the page, and each document when it is asked for. The page itself, in `page/`,
has no build: its scripts are put one after another, in the order of `page.SCRIPTS`.

Whatever was recorded is hostile. The page makes text of it, never markup: no string is parsed as
HTML (Trusted Types forbid it), and its Content-Security-Policy names the hashes of its one script
and style, so that nothing else runs, loads, or sends anything.
"""
