"""The Python client: an app's endpoints as functions to call, blocking or awaited."""
