/** What answers here, and what of DeepStream it is not. */
import { tabbed } from "./answer.ts";
import type { DeepstreamRoute, DeviceCall } from "./call.ts";

const version = async (): Promise<Response> =>
  tabbed(200, { version: "DeepStream-SDK 7.1 - REST API Version v1" });

const metadata = async ({ deps }: DeviceCall): Promise<Response> =>
  tabbed(200, {
    name: "sightline",
    version: deps.version,
    "sub-version": "",
    licenseInfo: {
      name: "Apache-2.0",
      path: "",
      url: "https://www.apache.org/licenses/LICENSE-2.0",
    },
  });

const noEmbeddings = async (): Promise<Response> =>
  tabbed(501, { code: "NotImplemented", message: "this server makes no embeddings" });

/** DeepStream's server answers it to these four alike. */
const versionMethods = ["GET", "POST", "PUT", "DELETE"] as const;

export const productRoutes: readonly DeepstreamRoute[] = [
  ...versionMethods.map((method): DeepstreamRoute => ({
    method,
    path: "/version",
    access: "devices:read",
    handle: version,
  })),
  { method: "GET", path: "/api/v1/metadata", access: "devices:read", handle: metadata },
  ...["text", "image"].map((kind): DeepstreamRoute => ({
    method: "POST",
    path: `/api/v1/generate_${kind}_embeddings`,
    access: "devices:read",
    handle: noEmbeddings,
  })),
];
