"""Stack -> files: rendering (pure), values templates, and writing them so that nothing of a person's is lost."""
