"""Endpoints as tools: what an agent is offered, and how its calls run. Knows nothing of MCP."""
