"""What an agent sees of an endpoint: names, schemas, values. Pure: nothing here awaits."""
