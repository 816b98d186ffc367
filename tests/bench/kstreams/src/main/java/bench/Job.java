package bench;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.hankcs.algorithm.AhoCorasickDoubleArrayTrie;
import java.io.IOException;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The benchmark job as in {@code job.py}: the same answers, byte for byte, from Jackson records and a double-array trie. */
final class Job {
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Report(
            String id,
            @JsonProperty("occurred_at") OffsetDateTime occurredAt,
            String text,
            String commune,
            Double lat,
            Double lon,
            String channel) {
        boolean valid() {
            return id != null && !id.isEmpty() && id.length() <= 64
                    && occurredAt != null
                    && text != null && !text.isEmpty() && text.length() <= 2000
                    && commune != null && isFiveDigits(commune)
                    && lat != null && lat >= -90 && lat <= 90
                    && lon != null && lon >= -180 && lon <= 180
                    && (channel == null || CHANNELS.contains(channel));
        }
    }

    @JsonPropertyOrder({"alert_id", "report_id", "category", "severity", "unit", "centre", "at_ms", "lat", "lon", "text"})
    record Alert(
            @JsonProperty("alert_id") String alertId,
            @JsonProperty("report_id") String reportId,
            String category,
            int severity,
            String unit,
            String centre,
            @JsonProperty("at_ms") long atMs,
            double lat,
            double lon,
            String text) {}

    private static final Set<String> CHANNELS = Set.of("app", "web", "hotline", "zalo");
    private static final int SEVERE = -1;

    private final ObjectReader reader;
    private final ObjectWriter writer;
    private final AhoCorasickDoubleArrayTrie<int[]> trie = new AhoCorasickDoubleArrayTrie<>();
    private final String[] codes;
    private final String[] units;
    private final Map<String, String> centres = new HashMap<>();
    private final int other;
    private final int produceFrom;

    Job(Path spec) throws IOException {
        JsonFactory factory = JsonFactory.builder()
                .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                .build();
        ObjectMapper mapper = JsonMapper.builder(factory)
                .addModule(new JavaTimeModule())
                .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
                .build();
        reader = mapper.readerFor(Report.class);
        writer = mapper.writerFor(Alert.class);
        JsonNode root = mapper.readTree(spec.toFile());
        JsonNode categories = root.get("categories");
        other = categories.size();
        codes = new String[other + 1];
        units = new String[other + 1];
        // A phrase may mean a category and severity at once: its meanings are the value of its entry.
        TreeMap<String, int[]> phrases = new TreeMap<>();
        for (int index = 0; index < other; index++) {
            codes[index] = categories.get(index).get("code").asText();
            units[index] = categories.get(index).get("unit").asText();
            for (JsonNode phrase : categories.get(index).get("phrases")) {
                add(phrases, phrase.asText(), index);
            }
        }
        for (JsonNode phrase : root.get("severe")) {
            add(phrases, phrase.asText(), SEVERE);
        }
        trie.build(phrases);
        codes[other] = root.get("other").get("code").asText();
        units[other] = root.get("other").get("unit").asText();
        produceFrom = root.get("produce_from_severity").asInt();
        for (int number = 0; number < root.get("communes").asInt(); number++) {
            centres.put(String.valueOf(10_000 + 7 * number), "centre-" + number % root.get("centres").asInt());
        }
    }

    private static void add(Map<String, int[]> phrases, String phrase, int meaning) {
        phrases.merge(phrase, new int[] {meaning}, (known, added) -> {
            int[] both = java.util.Arrays.copyOf(known, known.length + 1);
            both[known.length] = added[0];
            return both;
        });
    }

    private static boolean isFiveDigits(String commune) {
        if (commune.length() != 5) {
            return false;
        }
        for (int index = 0; index < 5; index++) {
            if (commune.charAt(index) < '0' || commune.charAt(index) > '9') {
                return false;
            }
        }
        return true;
    }

    /** The alert of a severe report as JSON; null for a quiet or a broken one. */
    byte[] process(byte[] value) {
        Report report;
        try {
            report = reader.readValue(value);
        } catch (IOException broken) {
            return null;
        }
        if (report == null || !report.valid()) {
            return null;
        }
        int[] found = {other, 0};
        trie.parseText(report.text().toLowerCase(Locale.ROOT), (begin, end, meanings) -> {
            for (int meaning : meanings) {
                if (meaning == SEVERE) {
                    found[1]++;
                } else if (meaning < found[0]) {
                    found[0] = meaning;
                }
            }
        });
        int severity = 1 + Math.min(found[1], 2);
        if (severity < produceFrom) {
            return null;
        }
        try {
            return writer.writeValueAsBytes(new Alert(
                    "a-" + report.id(), report.id(), codes[found[0]], severity, units[found[0]],
                    centres.getOrDefault(report.commune(), "province"),
                    report.occurredAt().toInstant().toEpochMilli(), report.lat(), report.lon(), report.text()));
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
