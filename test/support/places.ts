/** Places with one of everything, told apart by their names: what a caller must not see is looked for in every answer. */
import { idPrefixes, type IdKind } from "@sightline/contracts/ids";
import { hashToken } from "@sightline/core/access/authenticate";
import type { SitePermission } from "@sightline/core/access/principal";
import type { Cloud } from "./fixtures.ts";
import { freshName } from "./names.ts";
import type { Existing } from "./valid-body.ts";

/** Of the right form, and never given to anything. */
const unknown = (kind: IdKind): string => `${idPrefixes[kind]}_${"0".repeat(26)}`;

/** Nothing is there. */
export const nowhere: Place = {
  mark: "place-nowhere",
  deviceName: "place-nowhere-box",
  site: 999_999,
  device: unknown("device"),
  stream: unknown("stream"),
  command: unknown("command"),
  folder: 999_999,
  user: 999_999,
  session: unknown("session"),
  token: unknown("token"),
};

export interface Tenant {
  readonly organization: string;
  /** Of its admin; may do everything. */
  readonly token: string;
}

export interface Place extends Existing {
  /** Stands in every name and title of the place. */
  readonly mark: string;
  readonly deviceName: string;
}

/** A site with a device, a placed stream, a command, a folder, and a person with a token. */
export async function makePlace(cloud: Cloud, { organization, token }: Tenant): Promise<Place> {
  const mark = freshName("place");
  const make = async (route: string, body: unknown) => {
    const answer = await cloud.call(route, { body, token });
    if (answer.status !== 201) throw new Error(`${route}: ${answer.text}`);
    return answer.body as { readonly id: string };
  };
  const site = Number((await make("/v1/sites", { name: mark, title: mark })).id);
  const { device, name: deviceName } = await cloud.addBox({ name: `${mark}-box`, site, token });
  const folder = Number((await make("/v1/folders", { title: mark, site })).id);
  const source = { url: "rtsp://camera/1", username: "camera", password: `${mark}-secret` };
  const { id: stream } = await make("/v1/streams", { name: `${mark}/door`, device, source });
  const kind = "stream.force-idr";
  const { id: command } = await make(`/v1/devices/${device}/commands`, { kind, args: { stream } });
  // No more than each of those has who may change them.
  const sites = { [site]: ["edit-users"] satisfies SitePermission[] };
  const { id: user } = await cloud.addUser({ organization, login: `${mark}-person`, sites });
  const text = await cloud.addToken(["sites:read"], organization, { user });
  const { id: tokenId = "" } = (await cloud.deps.store.tokens.find(hashToken(text))) ?? {};
  return {
    mark,
    site,
    device,
    deviceName,
    stream,
    command,
    folder,
    user,
    token: tokenId,
    session: nowhere.session,
  };
}
