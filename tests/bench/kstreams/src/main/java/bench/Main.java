package bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

/**
 * The job as a Kafka Streams program: {@code bench.Main THREADS GUARANTEE}.
 *
 * <p>The same process first works through the whole input as another application (other group, other output topic), so
 * that the just-in-time compiler has seen every path, then starts the measured one. Settings are the defaults of Kafka
 * Streams, with what its documentation gives for throughput: larger producer batches with a few milliseconds of linger
 * (100 ms commit interval under exactly once, its default; 1 s instead of 30 s at least once).
 */
public final class Main {
    private static final int WARM_UP_ROUNDS = Integer.getInteger("bench.warm-up", 2);

    private Main() {}

    public static void main(String[] arguments) throws Exception {
        int threads = Integer.parseInt(arguments[0]);
        String guarantee = arguments[1];
        JsonNode task = new ObjectMapper().readTree(System.getenv("IOC_BENCH_TASK"));
        Job job = new Job(Path.of("tests/bench/job.json"));
        String group = task.get("group").asText();
        String target = task.get("target").asText();
        for (int round = 0; round < WARM_UP_ROUNDS; round++) {
            warmUp(task, job, threads, guarantee, group + "-warm-" + round, target + ".warm-" + round);
        }
        System.gc();
        AtomicBoolean started = new AtomicBoolean();
        KafkaStreams streams = new KafkaStreams(
                topology(task, target, value -> {
                    if (!started.getPlain() && started.compareAndSet(false, true)) {
                        say("first");
                    }
                    return job.process(value);
                }).build(),
                settings(task, group, threads, guarantee));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(5))));
        streams.start();
    }

    private interface Work {
        byte[] on(byte[] value);
    }

    private static StreamsBuilder topology(JsonNode task, String target, Work work) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(task.get("source").asText(), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .mapValues(work::on)
                .filter((key, alert) -> alert != null)
                .to(target, Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
        return builder;
    }

    private static Properties settings(JsonNode task, String group, int threads, String guarantee) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, group);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, task.get("bootstrap").asText());
        settings.put(StreamsConfig.STATE_DIR_CONFIG, task.get("folder").asText());
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
        if (guarantee.equals(StreamsConfig.AT_LEAST_ONCE)) {
            settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
        }
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        settings.put(StreamsConfig.producerPrefix("linger.ms"), 5);
        settings.put(StreamsConfig.producerPrefix("batch.size"), 128 * 1024);
        return settings;
    }

    private static void warmUp(JsonNode task, Job job, int threads, String guarantee, String group, String target)
            throws Exception {
        String bootstrap = task.get("bootstrap").asText();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            admin.createTopics(java.util.List.of(new NewTopic(target, task.get("partitions").asInt(), (short) 1)))
                    .all().get();
            LongAdder seen = new LongAdder();
            long events = task.get("events").asLong();
            KafkaStreams streams = new KafkaStreams(
                    topology(task, target, value -> {
                        seen.increment();
                        return job.process(value);
                    }).build(),
                    settings(task, group, threads, guarantee));
            streams.start();
            while (seen.sum() < events) {
                Thread.sleep(50);
            }
            streams.close(Duration.ofSeconds(20));
            admin.deleteTopics(java.util.List.of(target)).all().get();
        }
    }

    private static void say(String what) {
        long cpu = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
        System.out.printf(
                java.util.Locale.ROOT, "{\"at\": \"%s\", \"clock_s\": %.6f, \"cpu_s\": %.6f}%n",
                what, System.nanoTime() / 1e9, cpu / 1e9);
        System.out.flush();
    }
}
