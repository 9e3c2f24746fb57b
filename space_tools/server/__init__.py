"""Tools over MCP. Holds no logic that is not about MCP."""
