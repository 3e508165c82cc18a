/** Servers that a camera's URL can lead to by mistake: one that babbles, and one that speaks RTSP up to PLAY and then sends no picture. */
import { createServer, type AddressInfo, type Server } from "node:net";

type Reply = (request: string) => string;

const babble: Reply = () => "\u0001\u0002 this is no RTSP\r\n\r\n";

const sdp = [
  ...["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=mute", "t=0 0"],
  ...["m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=control:video", ""],
].join("\r\n");

/** [RFC 2326, 10] */
const mute: Reply = (request) => {
  const head = `RTSP/1.0 200 OK\r\n${/CSeq: \d+/.exec(request)?.[0] ?? "CSeq: 0"}\r\n`;
  if (request.startsWith("DESCRIBE"))
    return `${head}Content-Type: application/sdp\r\nContent-Length: ${sdp.length}\r\n\r\n${sdp}`;
  if (request.startsWith("SETUP"))
    return `${head}Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n`;
  return `${head}Session: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n`;
};

const replies = { babble, mute };

export class RtspImpostor {
  readonly #server: Server;

  private constructor(reply: Reply) {
    this.#server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (bytes: Buffer) => socket.write(reply(bytes.toString())));
    });
  }

  static async start(kind: keyof typeof replies): Promise<RtspImpostor> {
    const impostor = new RtspImpostor(replies[kind]);
    await new Promise<void>((resolve) => impostor.#server.listen(0, "127.0.0.1", resolve));
    return impostor;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  url(): string {
    return `rtsp://${this.address}/camera-1`;
  }

  /** Once its clients have gone. */
  async dispose(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
