// CloudEvents with the JavaScript SDK. Reads a task as JSON on stdin, prints the answer as JSON.
//   {"do": "send", "url", "key", "events"}: binary, structured and as a batch over HTTP; answers with status and body of each
//   {"do": "write", "events"}: messages for Kafka, binary and structured by turns, values in Base64
//   {"do": "read", "messages"}: what the SDK makes of messages of Kafka (values in Base64)
import { json } from "node:stream/consumers";
import { CloudEvent, HTTP, Kafka, emitterFor, httpTransport } from "cloudevents";

const task = await json(process.stdin);

const bytes = (value) => (typeof value === "string" ? value : JSON.stringify(value));

async function post(message, path = "/v1/events") {
  const answer = await fetch(task.url + path, {
    method: "POST",
    headers: { ...message.headers, authorization: `Bearer ${task.key}` },
    body: bytes(message.body),
  });
  return { status: answer.status, body: await answer.json() };
}

async function send() {
  const [first, second, ...others] = task.events.map((each) => new CloudEvent(each));
  const [third, ...rest] = others;
  const batch = {
    headers: { "content-type": "application/cloudevents-batch+json; charset=utf-8" },
    body: JSON.stringify(rest),
  };
  // The SDK's own emitter, as its users have it.
  const emit = emitterFor(httpTransport(task.url + "/v1/events"), { mode: "structured" });
  await emit(third, { headers: { authorization: `Bearer ${task.key}` } });
  return [await post(HTTP.binary(first)), await post(HTTP.structured(second)), await post(batch)];
}

function write() {
  return task.events.map((each, number) => {
    const event = new CloudEvent(each);
    const message = number % 2 ? Kafka.structured(event) : Kafka.binary(event);
    return { headers: message.headers, value: Buffer.from(bytes(message.value)).toString("base64") };
  });
}

function read() {
  return task.messages.map(({ key, headers, value }) => {
    const event = Kafka.toEvent({ key, headers, value: Buffer.from(value, "base64").toString() });
    event.validate();
    const data = typeof event.data === "string" ? JSON.parse(event.data) : event.data;
    return { ...event.toJSON(), data };
  });
}

console.log(JSON.stringify(await { send, write, read }[task.do]()));
