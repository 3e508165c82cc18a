/** A message as it goes through the broker. */
export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** Who sent it; absent for what came by HTTP or was made here. */
  readonly clientId?: string;
  readonly principal?: string;
}

/** With its place in the order of everything that was sent. */
export interface NumberedMessage extends Message {
  readonly sequence: number;
}
