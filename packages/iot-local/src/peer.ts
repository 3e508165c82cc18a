/** Who is at the other end of a connection, before it names its client id: by certificate, or on trust of this machine. */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { certificateIdOf } from "./certificate-authority.ts";
import type { Policy } from "./policy.ts";
import type { Registry } from "./registry.ts";

export interface Peer {
  readonly socket: Socket;
  /** What rules and presence events call the principal; a certificate's id. */
  readonly principal: string;
  readonly commonName?: string;
  /** Why it may not be here, or be this client, or undefined. */
  fault(clientId?: string): string | undefined;
  /** Whether it speaks for the thing of this name. */
  isThing(name: string): boolean;
  policies(): Policy[];
}

/** A peer whose certificate our authority has signed. */
export function certificatePeer(socket: TLSSocket, registry: Registry): Peer {
  const raw = socket.getPeerX509Certificate()?.raw;
  const principal = raw ? certificateIdOf(raw) : "";
  const commonName = commonNameOf(socket);
  const row = () => registry.certificates.rows.get(principal);
  return {
    socket,
    principal,
    ...(commonName === undefined ? {} : { commonName }),
    fault() {
      const status = row()?.status;
      return status === "ACTIVE" ? undefined : `certificate ${principal}: ${status ?? "not known"}`;
    },
    isThing: (name) => row()?.things.includes(name) === true && registry.things.rows.has(name),
    policies() {
      const certificate = row();
      return certificate ? registry.policiesOf(certificate.policies) : [];
    },
  };
}

/** A peer of the plain listener: it is the thing that its client id names, under the policy of the listener. */
export function plainPeer(socket: Socket, registry: Registry, policyName: string): Peer {
  const names = [policyName];
  return {
    socket,
    principal: "plain",
    fault: (clientId) =>
      clientId === undefined || registry.things.rows.has(clientId)
        ? undefined
        : `${clientId}: not a thing`,
    isThing: (name) => registry.things.rows.has(name),
    policies: () => registry.policiesOf(names),
  };
}

function commonNameOf(socket: TLSSocket): string | undefined {
  const name: string | string[] | undefined = socket.getPeerCertificate().subject?.CN;
  return Array.isArray(name) ? name[0] : name;
}
