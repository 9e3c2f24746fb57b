"""Programs for `running.run_python`: each prints as JSON what a test asks about."""
