/** The TLS door to the broker: mutual TLS with our authority, the server certificate renewed while it runs. */
import { constants } from "node:crypto";
import { join } from "node:path";
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { type CertificateAuthority, isServerCertificateFresh } from "./certificate-authority.ts";
import {
  type KeyedCertificate,
  readKeyedCertificate,
  writeKeyedCertificate,
} from "./certificate-file.ts";

export interface MqttListenerOptions {
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly serverNames: readonly string[];
  readonly authority: CertificateAuthority;
  readonly nowMs: () => number;
  readonly onConnection: (socket: TLSSocket) => void;
}

export class MqttListener {
  readonly #options: MqttListenerOptions;
  readonly #server: Server;
  /** Below TLS, so that those still shaking hands are there too. */
  readonly #sockets = new Set<Socket>();

  private constructor(options: MqttListenerOptions, server: Server) {
    this.#options = options;
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  static async open(options: MqttListenerOptions): Promise<MqttListener> {
    const { keyPem, certificatePem } = await currentCertificate(options);
    const server = createServer(
      {
        key: keyPem,
        cert: certificatePem,
        ca: options.authority.certificatePem,
        requestCert: true,
        rejectUnauthorized: true,
        minVersion: "TLSv1.2",
        // No resumption: a certificate that was revoked meanwhile must be shown, and refused, again.
        secureOptions: constants.SSL_OP_NO_TICKET,
        handshakeTimeout: 10_000,
        // What AWS clients on port 443 ask for; harmless on other ports.
        ALPNProtocols: ["x-amzn-mqtt-ca", "mqtt"],
      },
      (socket) => {
        socket.setNoDelay(true);
        // MQTT allows a client to have no keep-alive; a peer that vanished is then found by TCP.
        socket.setKeepAlive(true, 60_000);
        options.onConnection(socket);
      },
    );
    // Failed handshakes are the client's to notice.
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port, options.host, resolve);
    });
    return new MqttListener(options, server);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Issues a new certificate when two thirds of the life of the present one are over. */
  async renew(): Promise<void> {
    const { keyPem, certificatePem } = await currentCertificate(this.#options);
    const ca = this.#options.authority.certificatePem;
    this.#server.setSecureContext({ key: keyPem, cert: certificatePem, ca });
  }

  /** Takes no more connections. */
  close(): void {
    this.#server.close();
  }

  /** Ends those there are. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function currentCertificate(options: MqttListenerOptions): Promise<KeyedCertificate> {
  const { authority, folder, nowMs, serverNames } = options;
  const path = join(folder, "server.pem");
  const held = await readKeyedCertificate(path);
  // A certificate of an authority that is no more (its file was removed) is of no use.
  const ours = held?.certificatePem.includes(authority.certificatePem.trim());
  if (held && ours && isServerCertificateFresh(held.certificatePem, serverNames, nowMs()))
    return held;
  const issued = await authority.issueServer(serverNames);
  await writeKeyedCertificate(path, issued);
  return issued;
}
