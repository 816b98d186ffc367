"""Written words in the forms that matching needs, whatever they are matched for."""
