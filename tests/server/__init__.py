"""The MCP server, spoken to by real clients over real pipes."""
