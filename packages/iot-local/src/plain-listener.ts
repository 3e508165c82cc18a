/** A door without TLS and certificates, on the loopback only: for simulated fleets of thousands of devices. */
import { BlockList, createServer, isIP, type Server, type Socket } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

export class PlainListener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws Error when the host is not a loopback address. */
  static async open(options: {
    readonly host: string;
    readonly port: number;
    readonly onConnection: (socket: Socket) => void;
  }): Promise<PlainListener> {
    const family = isIP(options.host);
    if (family === 0 || !loopback.check(options.host, family === 6 ? "ipv6" : "ipv4"))
      throw new Error(
        `plainListener.host is ${options.host}: without certificates only a loopback address, such as 127.0.0.1, is taken`,
      );
    const server = createServer({ noDelay: true });
    const listener = new PlainListener(server);
    server.on("connection", (socket) => {
      listener.#sockets.add(socket);
      socket.once("close", () => listener.#sockets.delete(socket));
      options.onConnection(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // Thousands of simulated devices connect in one second.
      server.listen({ port: options.port, host: options.host, backlog: 4_096 }, resolve);
    });
    return listener;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  close(): void {
    this.#server.close();
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
