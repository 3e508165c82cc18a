/** MQTT topic names and filters, with the limits that AWS puts on them. [MQTT-4.7] */
import { limits } from "./limits.ts";

/** [MQTT-1.5.3-1] What is no UTF-8 has been read as U+FFFD; [MQTT-1.5.3-2] nor is there a null. */
export const isText = (text: string): boolean => !/[\u0000\ufffd]/.test(text);

/** Why this topic name may not be published to, or undefined. */
export function topicFault(topic: string): string | undefined {
  if (topic === "") return "the topic is empty";
  if (/[+#\u0000]/.test(topic)) return "a topic name holds no wildcard and no null";
  if (!isText(topic)) return "the topic is no text";
  return sizeFault(topic);
}

/** Why this filter may not be subscribed to, or undefined. */
export function filterFault(filter: string): string | undefined {
  if (filter === "") return "the filter is empty";
  if (!isText(filter)) return "the filter is no text";
  if (filter.startsWith("$share/")) return "shared subscriptions are not offered here";
  const levels = filter.split("/");
  for (const [at, level] of levels.entries()) {
    if (level.includes("#") && (level !== "#" || at !== levels.length - 1))
      return "# stands alone and last";
    if (level.includes("+") && level !== "+") return "+ stands alone in its level";
  }
  return sizeFault(filter);
}

/** The limit that this topic or filter passes, or undefined. */
export function topicLimit(topic: string): "topic" | "topicSlashes" | undefined {
  if (Buffer.byteLength(topic) > limits.topic.value) return "topic";
  if (topic.split("/").length - 1 > limits.topicSlashes.value) return "topicSlashes";
  return undefined;
}

function sizeFault(topic: string): string | undefined {
  const limit = topicLimit(topic);
  if (limit === "topic") return `the topic is longer than ${limits.topic.value} bytes`;
  if (limit === "topicSlashes")
    return `the topic has more than ${limits.topicSlashes.value} slashes`;
  return undefined;
}

/** [MQTT-4.7.2-1] A filter that starts with a wildcard does not match topics that start with `$`. */
export function matchesFilter(filter: string, topic: string): boolean {
  if (topic.startsWith("$") && (filter.startsWith("+") || filter.startsWith("#"))) return false;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (const [at, level] of wanted.entries()) {
    if (level === "#") return true;
    if (at >= levels.length) return false;
    if (level !== "+" && level !== levels[at]) return false;
  }
  return wanted.length === levels.length;
}
