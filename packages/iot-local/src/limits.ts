/**
 * What AWS IoT imposes, and what this stand-in therefore refuses: value, unit, source, and what happens beyond it.
 */
const quotas = "AWS General Reference, AWS IoT Core endpoints and quotas";
const guide = "AWS IoT Core Developer Guide";

interface Limit {
  readonly value: number;
  readonly unit: string;
  readonly source: string;
  readonly beyond: string;
}

const table = {
  payload: {
    value: 128 * 1024,
    unit: "bytes",
    source: `${quotas}, message broker: payload size`,
    beyond: "the connection is closed; HTTP 413",
  },
  topic: {
    value: 256,
    unit: "bytes of UTF-8",
    source: `${quotas}, message broker: topic size`,
    beyond: "publish: the connection is closed; subscribe: 0x80; HTTP 400",
  },
  topicSlashes: {
    value: 7,
    unit: "slashes",
    source: `${quotas}, message broker: slashes in a topic or filter`,
    beyond: "publish: the connection is closed; subscribe: 0x80; HTTP 400",
  },
  filtersPerSubscribe: {
    value: 8,
    unit: "filters in one SUBSCRIBE",
    source: `${quotas}, message broker: subscriptions per subscribe call`,
    beyond: "the connection is closed",
  },
  qos: {
    value: 1,
    unit: "highest QoS",
    source: `${guide}, MQTT: differences from the specification`,
    beyond: "the connection is closed",
  },
  clientId: {
    value: 128,
    unit: "bytes of UTF-8",
    source: `${quotas}, message broker: client id size`,
    beyond: "CONNACK 2, identifier rejected",
  },
  sessionExpiry: {
    value: 3_600,
    unit: "seconds offline",
    source: `${quotas}, message broker: persistent session expiry, default`,
    beyond: "the session and its queued messages are dropped",
  },
  sessionQueue: {
    value: 10_000,
    unit: "messages of one offline session",
    source: "ours: bounds memory; AWS bounds by time only",
    beyond: "the oldest message is dropped and logged",
  },
  shadow: {
    value: 8 * 1024,
    unit: "bytes of desired plus reported, without metadata",
    source: `${quotas}, device shadow: state document size`,
    beyond: "413",
  },
  shadowDepth: {
    value: 8,
    unit: "levels inside desired or reported",
    source: `${quotas}, device shadow: depth of the state document (the guide's error text still says 6)`,
    beyond: "400",
  },
  shadowName: {
    value: 64,
    unit: "characters",
    source: "AWS IoT API reference, UpdateThingShadow: [$a-zA-Z0-9:_-]+",
    beyond: "400",
  },
  shadowVersionKept: {
    value: 48 * 3_600,
    unit: "seconds after deletion",
    source: `${guide}, Interacting with shadows: DELETE`,
    beyond: "a new shadow starts at version 1",
  },
  clientToken: {
    value: 64,
    unit: "bytes",
    source: `${guide}, Device Shadow error messages`,
    beyond: "400",
  },
  thingName: {
    value: 128,
    unit: "characters",
    source: "AWS IoT API reference, CreateThing: [a-zA-Z0-9:_-]+",
    beyond: "400",
  },
  policyDocument: {
    value: 2_048,
    unit: "characters without white space",
    source: `${quotas}, security: policy document size`,
    beyond: "400 MalformedPolicyException",
  },
  policyVersions: {
    value: 5,
    unit: "versions of one policy",
    source: `${quotas}, security: named policy versions`,
    beyond: "409 VersionsLimitExceededException",
  },
  policiesPerPrincipal: {
    value: 10,
    unit: "policies",
    source: `${quotas}, security: policies attached to a certificate`,
    beyond: "410 LimitExceededException",
  },
  subscriptionsPerConnection: {
    value: 50,
    unit: "filters",
    source: `${quotas}, message broker: subscriptions per connection`,
    beyond: "0x80",
  },
  publishesPerSecond: {
    value: 100,
    unit: "publishes a second from one connection",
    source: `${quotas}, message broker: publish requests per connection`,
    beyond: "dropped: QoS 1 gets no PUBACK; the connection stays",
  },
  connectsPerSecond: {
    value: 1,
    unit: "CONNECTs a second per client id",
    source: `${quotas}, message broker: connect requests per client id`,
    beyond: "CONNACK 3, server unavailable; who is connected stays",
  },
  unacknowledged: {
    value: 100,
    unit: "outbound publishes in flight per client",
    source: `${quotas}, message broker: unacknowledged outbound publishes`,
    beyond: "held back until a PUBACK comes",
  },
  shadowRequestsInFlight: {
    value: 10,
    unit: "shadow requests in flight per thing and connection",
    source: `${guide}, Device Shadow error messages: 429`,
    beyond: "429",
  },
  shadowRequestsPerSecond: {
    value: 20,
    unit: "shadow requests a second per thing",
    source: `${quotas}, device shadow: request rate`,
    beyond: "429 ThrottlingException",
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof table;

export const limits: Readonly<Record<LimitName, Limit>> = table;
