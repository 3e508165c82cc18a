/** The way to the devices: AWS IoT Core, or its stand-in on one machine. All by thing name. */

export interface ShadowDocument {
  readonly version: number;
  /** Epoch seconds. */
  readonly timestamp: number;
  readonly state: {
    readonly desired?: Readonly<Record<string, unknown>>;
    readonly reported?: Readonly<Record<string, unknown>>;
    readonly delta?: Readonly<Record<string, unknown>>;
  };
  readonly metadata?: unknown;
}

export interface DeviceCertificate {
  readonly certificateId: string;
  readonly certificateArn: string;
  readonly certificatePem: string;
}

/** @throws DomainError gateway.unavailable from every method when the gateway cannot be reached. */
export interface Gateway {
  /** QoS 1. Resolves when the gateway has taken the message, not when the device has. */
  publish(topic: string, payload: Readonly<Record<string, unknown>>): Promise<void>;
  /** Undefined when there is no such shadow. */
  getShadow(thing: string, shadow: string): Promise<ShadowDocument | undefined>;
  /**
   * Merges `desired` (null removes a key) when the shadow still has `version` (0: does not exist).
   * @throws DomainError sync.conflict | shadow.too-large | device.not-enrolled (the gateway knows no such thing)
   */
  updateShadow(thing: string, shadow: string, change: ShadowChange): Promise<void>;
  /** Deleting what does not exist is success. */
  deleteShadow(thing: string, shadow: string): Promise<void>;
  listShadows(thing: string): Promise<readonly string[]>;
}

export interface ShadowChange {
  readonly desired: Readonly<Record<string, unknown>>;
  readonly version: number;
}

/** Things and their certificates: only enrolment, and the removal of a device, may touch these. */
export interface Registry {
  /**
   * Creates the thing if need be, signs the CSR, and lets the certificate do what a device may. The thing is left with exactly
   * this certificate: any other is revoked and its connections end.
   * @throws DomainError enrolment.csr-invalid
   */
  enrolThing(thing: string, csrPem: string): Promise<DeviceCertificate>;
  /**
   * Signs the CSR for a thing beside what it has. Calling again makes another certificate.
   * @throws DomainError enrolment.csr-invalid
   */
  addCertificate(thing: string, csrPem: string): Promise<DeviceCertificate>;
  /** PEM; undefined when there is none in force with this id. */
  getCertificate(certificateId: string): Promise<string | undefined>;
  /** Done twice is done once. */
  revokeCertificate(thing: string, certificateId: string): Promise<void>;
  /** Revokes the thing's certificates but one, unless they are younger: somebody may be about to record those. */
  revokeStrays(
    thing: string,
    but: { readonly keep: string; readonly createdBeforeMs: number },
  ): Promise<void>;
  /** Ends its connection; removes the thing with its certificates and shadows. Done twice is done once. */
  removeThing(thing: string): Promise<void>;
}
