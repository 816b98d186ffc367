"""What an installation has to have that nobody else may have: an authority, certificates, passwords, a closed broker.

``python -m deploy.secrets FOLDER`` makes all of it (:mod:`deploy.secrets.installation`).
"""
