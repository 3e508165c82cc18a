/** Every limit is held against a test, by name: a limit without one is a promise that nobody keeps. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { limits, type LimitName } from "../src/limits.ts";

/** Part of the name of a test that goes beyond the limit. */
const proofs: Record<LimitName, string> = {
  payload: "of more than 128 KB close the connection",
  topic: "a topic of more than 256 bytes",
  topicSlashes: "a topic of more than 7 slashes",
  filtersPerSubscribe: "need no more than 8 filters in one SUBSCRIBE",
  qos: '"QoS 2"',
  clientId: "refuses a client id of more than 128 bytes",
  sessionExpiry: "drops a session that is offline for more than an hour",
  sessionQueue: "keeps the newest messages when the queue is full",
  shadow: "a shadow of 8 KB is taken, more is refused with 413",
  shadowDepth: "a shadow that is nested too deeply is refused with 400",
  shadowName: "a shadow name of 65 characters",
  shadowVersionKept: "counts on from a deleted shadow for 48 hours, then from 1",
  clientToken: "a client token of 65 bytes",
  thingName: "a thing name of 129 characters",
  policyDocument: "a policy of more than 2,048 characters",
  policyVersions: "a sixth version of a policy",
  policiesPerPrincipal: "an eleventh policy of a certificate",
  subscriptionsPerConnection: "50 subscriptions a connection are granted, and no more",
  publishesPerSecond: "100 publishes a second are taken from a connection",
  connectsPerSecond: "one CONNECT a second is taken from a client id",
  unacknowledged: "sends 100 messages that are not acknowledged",
  shadowRequestsInFlight: "more than 10 shadow requests in flight over MQTT",
  shadowRequestsPerSecond: "of 20 and more shadow requests a second",
};

const tests = ["./", "./contract/"].flatMap((folder) => {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url)
    .filter((name) => name.endsWith(".ts") && name !== "limits.test.ts")
    .map((name) => readFileSync(new URL(name, url), "utf8"));
});

test.each(Object.keys(limits) as LimitName[])("%s has a test that goes beyond it", (name) => {
  expect(tests.some((text) => text.includes(proofs[name]))).toBe(true);
});
