"""From the files of a run to one page, a table, and pictures of the cells."""
