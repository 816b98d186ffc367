"""What MQTT messages say, as events of ours: topics, payloads and the time in, records and rejects out."""

from ioc.mqtt.decoder import Decoded, Decoder, Message, RawRecord, Rejected
from ioc.mqtt.mapping import PRESETS, Entry, read_mapping

__all__ = ["PRESETS", "Decoded", "Decoder", "Entry", "Message", "RawRecord", "Rejected", "read_mapping"]
