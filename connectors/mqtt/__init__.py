"""From an MQTT broker to the raw topics; a message is acknowledged when Kafka has what it says."""
