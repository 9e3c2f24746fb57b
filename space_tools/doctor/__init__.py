"""What keeps the tools from working here, and what to do about each thing. Changes nothing."""
