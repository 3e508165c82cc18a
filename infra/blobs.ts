/** Pictures on their way from a box to whoever asked: read once and deleted; what nobody fetched goes within a day. */
import { isProduction } from "./installation.ts";

export const blobs = new sst.aws.Bucket("Blobs", {
  // Boxes upload to presigned URLs; browsers do not.
  cors: false,
  enforceHttps: true,
  lifecycle: [{ prefix: "uploads/", expiresIn: "1 day" }],
  transform: {
    bucket: (args) => {
      args.forceDestroy = !isProduction;
    },
  },
});
