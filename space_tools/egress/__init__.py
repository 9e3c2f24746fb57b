"""The only door to the network. Knows addresses and connections, not what a Space is."""
