"""Everything on one machine: a real Kafka broker, the topics, and the processes beside them, with no Java, Maven or
Docker to install.

Map: ``jars`` gets the broker's jars, ``properties`` says how it is configured, ``kafka`` runs it, ``topics`` creates
the topics, ``process`` starts children that die with their parent, ``ports`` finds and names ports.
"""
