"""Sources as files: OPML, as feed readers write it, and CSV, as spreadsheets do."""
