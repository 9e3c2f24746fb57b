"""Files of calls: what an argument may lead to, and where the files of results are kept."""
