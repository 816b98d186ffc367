"""What an installation cannot get back from Kafka, in one file: made while it runs, checked, put back."""
