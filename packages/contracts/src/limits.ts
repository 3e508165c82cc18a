/**
 * Numbers that we promise or that a platform imposes, each with its unit and source.
 * Names end in the unit; `limits` holds the values, `limitSources` says where each comes from.
 */
const table = {
  // What AWS imposes.
  payloadBytesMax: [128 * 1024, "AWS IoT Core quotas, message size"],
  shadowBytesMax: [8 * 1024, "AWS IoT Core quotas, shadow document size"],
  shadowRequestsPerSecondMax: [20, "AWS IoT Core quotas, requests per second per thing"],
  agentShadowRequestsPerSecondMax: [
    16,
    "design: of the 20 of its thing, so that a write by the cloud always finds some left",
  ],
  shadowRequestsInFlightMax: [
    10,
    "AWS IoT Core quotas, in-flight unacknowledged messages per thing",
  ],
  topicBytesMax: [256, "AWS IoT Core quotas, topic size"],
  topicSlashesMax: [7, "AWS IoT Core quotas, slashes in a topic"],
  policyCharactersMax: [2048, "AWS IoT Core quotas, policy document size"],
  // What we promise.
  streamsPerDeviceMax: [64, "design: streams of one device"],
  streamDesiredBytesMax: [
    3584,
    "design: desired half of a stream's shadow; AWS caps the whole at 8 KB",
  ],
  healthReportBytesMax: [2048, "design: two write units for a box with 16 streams"],
  bodyBytesMax: [256 * 1024, "design: request body; larger ones answer 413"],
  snapshotBytesMax: [8 * 1024 * 1024, "design: one JPEG of a 4K stream"],
  pageRowsDefault: [100, "design: rows of a list page"],
  pageRowsMax: [500, "design: rows of a list page"],
  nameCharactersMax: [128, "design: names of streams; DNS for devices is 63"],
  foldersRowsMax: [500, "design: folders of an organization; their paths are read all at once"],
  folderLevelsMax: [8, "design: folders above each other"],
  labelsMax: [50, "design: labels of a device"],
  loginCharactersMax: [64, "design: an e-mail address fits; Basic has no bound of its own"],
  passwordCharactersMin: [8, "OWASP Authentication Cheat Sheet, password length, with throttling"],
  passwordCharactersMax: [
    128,
    "OWASP Authentication Cheat Sheet: 64 at least; scrypt of more is a load",
  ],
  emailCharactersMax: [254, "RFC 5321, 4.5.3.1.3: a path of 256 octets, without its brackets"],
  usersRowsMax: [2_000, "design: users of an organization; what a list of one site looks through"],
  userSitesRowsMax: [200, "design: sites that one user has permissions on; a row of 16 KB"],
  rateKeysMax: [10_000, "design: principals and addresses that the rate limiter remembers, each"],
  principalRequestsPerSecond: [
    100,
    "design: 15 times what 200 cloud adds and removes a minute take",
  ],
  principalRequestsBurst: [2_000, "design: requests of one principal at once"],
  addressRequestsPerSecond: [20, "design: requests without known credentials, of one address"],
  addressRequestsBurst: [200, "design: a site whose boxes all enrol at once, behind one address"],
  idempotencyKeyCharactersMax: [255, "design: room for every kind of id that clients make"],
  auditReadRowsMax: [
    1_000,
    "design: records looked through for one filtered page; some 50 read units",
  ],
  auditReadDaysMax: [31, "design: days looked through for one page, each a query"],
  auditPathCharactersMax: [256, "design: a record stays below 1 KB, one write unit"],
  loginFailuresMax: [10, "design: wrong passwords for one login from one address"],
  strangerFailuresMax: [
    100,
    "design: wrong passwords in strangerSpanMs for one login, and from one address, of callers who are not known",
  ],
  scryptInFlightMax: [
    2,
    "design: 256 MB of memory for passwords, and the processors of the smallest machine",
  ],
  scryptWaitingRequestsMax: [16, "design: the last one waits for some 3 s"],
  // Times.
  idempotencyLeaseMs: [30_000, "API Gateway ends a request after 29 s"],
  idempotencyKeptMs: [86_400_000, "design: a day of retries; what others promise, too"],
  healthReportIntervalMs: [60_000, "design: one report a minute per device"],
  healthWatchedIntervalMs: [5_000, "design: while somebody watches"],
  healthWatchMs: [60_000, "design: a look at a stream's counters counts as watching for this long"],
  reportIntervalMs: [10_000, "design: changes nobody asked for, per stream"],
  offlineAfterMs: [30_000, "design: presence events come late and twice"],
  presenceVersionKeptMs: [
    1_800_000,
    "AWS IoT Core developer guide, Lifecycle events: counted from 0 again after about an hour away; half of that is safe",
  ],
  syncCheckAfterMs: [60_000, "design: a device that did not catch up is synced again"],
  waitMsMax: [25_000, "API Gateway ends a request after 29 s"],
  settingWaitMs: [5_000, "design: how long a synchronous dialect waits for a setting"],
  addWaitMs: [10_000, "design: how long it waits for a stream to be added or removed"],
  statsWaitMs: [2_000, "design: how long the box is asked for fresh counters"],
  snapshotWaitMs: [5_000, "design: how long a snapshot may take"],
  commandTtlMs: [60_000, "design: a command nobody took expires, so nothing fires hours later"],
  commandTtlMsMax: [3_600_000, "AWS IoT retries QoS 1 for about an hour"],
  commandKeptMs: [30 * 86_400_000, "design: how long a finished command can be looked up"],
  enrolmentIssuingMs: [30_000, "API Gateway ends a request after 29 s"],
  enrolmentTtlMs: [3_600_000, "design: life of a one-time enrolment token"],
  certificateLifeMs: [365 * 86_400_000, "design: a certificate is renewed at two thirds of this"],
  auditKeptMs: [400 * 86_400_000, "design: a year and a month of who changed what"],
  frameTimeoutMs: [5_000, "design: a stream that ran and shows no frame is stalled"],
  firstFrameTimeoutMs: [10_000, "design: a stream that never showed a frame"],
  backendTimeoutMs: [5_000, "design: a database or gateway that does not answer is unavailable"],
  strangerSpanMs: [3_600_000, "design: 2,400 guesses a day, from however many addresses"],
  knownCallerMs: [30 * 86_400_000, "design: how long an address counts as one that logs in"],
  accessTokenLifeMs: [600_000, "design: of a session; it is looked up with every request anyway"],
  sessionLifeMs: [30 * 86_400_000, "design: a session that is not refreshed for this long ends"],
  loginBlockMs: [60_000, "design: default of an organization; watcher_brute_force_timeout"],
  loginBlockMsMax: [86_400_000, "design: longer than a day, an admin should disable the user"],
  passwordCacheMs: [60_000, "design: a verified Basic login costs no second scrypt for this long"],
} as const satisfies Record<string, readonly [number, string]>;

type Limit = keyof typeof table;

export const limits = Object.fromEntries(
  Object.entries(table).map(([name, [value]]) => [name, value]),
) as { readonly [K in Limit]: (typeof table)[K][0] };

export const limitSources = Object.fromEntries(
  Object.entries(table).map(([name, [, source]]) => [name, source]),
) as { readonly [K in Limit]: string };

/** Least time between two polls of an item that somebody waits for, in ms: the last value repeats. */
export const waitPollMs = [100, 200, 400] as const;
