"""A small Gradio app that ships with space-tools, to try it on without a network or an account."""
