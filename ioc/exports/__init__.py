"""What other systems take from here, as their standards have it: pure mappings from what the store has."""
