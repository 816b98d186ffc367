"""What citizens write: normal forms, category and severity with reasons, personal data out."""
