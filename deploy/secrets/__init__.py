"""What an installation has to have that nobody else may have: an authority, certificates, a closed broker."""
