"""Putting our server into the configuration of an MCP client, and taking it out again.

Which clients there are is a table (`clients.py`); what an entry for one of them says is pure
(`entries.py`, `links.py`); files are edited as text, so that all else in them stays byte for byte
(`documents.py`). Nothing here asks or prints: that is the command line's.
"""
