"""Measures what a call costs, next to the least that Gradio's protocol needs (see README.md).

Not part of the package: nothing here is installed, and `space_tools` never imports it.
"""
