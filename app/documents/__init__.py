"""Documents of people who apply: checked by their content, kept outside the web root, each read by staff in the record."""
