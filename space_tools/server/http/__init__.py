"""MCP over HTTP, for many callers at once, each with an identity of their own."""

from space_tools.server.http.app import create_app

__all__ = ["create_app"]
