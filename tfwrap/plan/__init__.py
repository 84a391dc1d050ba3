"""Plan JSON -> data: changes, counts, dotted-path differences. Pure: reads no file, starts nothing."""
