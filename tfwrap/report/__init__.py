"""Writers over the record of a run: board, lines, documents, pages. They never start anything."""
