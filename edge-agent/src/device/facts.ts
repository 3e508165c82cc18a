/** What the box is, as far as the platform tells. Empty text where it does not. */
import { createSocket } from "node:dgram";
import { readFile, readlink } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { DeviceFacts } from "@sightline/contracts/device-report";
import { agentVersion } from "../version.ts";

export interface FactsOptions {
  /** What the operator configured; wins over what the platform says. */
  readonly hardwareId: string | undefined;
  /** Server that the box talks to: the address of the interface that leads there is the box's. */
  readonly server: { readonly host: string; readonly port: number };
}

export async function readFacts({ hardwareId, server }: FactsOptions): Promise<DeviceFacts> {
  const [treeModel, treeSerial] = await Promise.all([
    readText("/proc/device-tree/model"),
    readText("/proc/device-tree/serial-number"),
  ]);
  const [vendor, product, serial] = await Promise.all(
    ["sys_vendor", "product_name", "product_serial"].map((name) =>
      readText(`/sys/class/dmi/id/${name}`),
    ),
  );
  const serialNumber = treeSerial || serial || "";
  const localIp = await localAddress(server);
  return {
    manufacturer: clip(treeModel.split(" ")[0] || vendor || ""),
    model: clip(treeModel || product || ""),
    serialNumber: clip(serialNumber),
    hardwareId: clip(hardwareId || serialNumber || (await readText("/etc/machine-id"))),
    os: clip(await osName()),
    firmware: clip((await readText("/sys/class/dmi/id/bios_version")) || agentVersion),
    localIp,
    mac: macOf(localIp),
    timeZone: clip(await timeZone(), 64),
  };
}

/** Fresh at every boot of the box. */
export const readBootId = (): Promise<string> => readText("/proc/sys/kernel/random/boot_id");

/** Device-tree texts end in a NUL. */
async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).replaceAll("\0", "").trim();
  } catch {
    return "";
  }
}

async function osName(): Promise<string> {
  const text = await readText("/etc/os-release");
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? process.platform;
}

/** Not from Intl: its tables would stay in the agent's memory. [tzfile(5), localtime(5)] */
async function timeZone(): Promise<string> {
  const link = await readlink("/etc/localtime").catch(() => "");
  return link.split("/zoneinfo/")[1] ?? ((await readText("/etc/timezone")) || "UTC");
}

/** "Connecting" a datagram socket sends nothing, but chooses the interface. */
async function localAddress({ host, port }: FactsOptions["server"]): Promise<string> {
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(port, host, () => resolve());
    });
    return socket.address().address;
  } catch {
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    return addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? "";
  } finally {
    socket.close();
  }
}

function macOf(localIp: string): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ address }) => address === localIp)?.mac ?? "";
}

const clip = (text: string, charactersMax = 128): string => text.slice(0, charactersMax);
