/** Takes the place of the SDK's event streams in bundles of functions: no call of ours has one. */
const absent = (): never => {
  throw new TypeError("event streams are not in this bundle");
};

export const EventStreamSerde = absent;
export const eventStreamSerdeProvider = absent;
