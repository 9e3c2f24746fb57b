"""Spaces on the Hub: where one is, whether it runs, how it is woken and copied, and who asks."""
