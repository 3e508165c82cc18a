import { expect, test } from "vitest";
import { stockAddress } from "./address.ts";

test.each([
  ["http://127.0.0.1:9000", "http://127.0.0.1:9000"],
  ["http://localhost:9000/", "http://localhost:9000"],
  ["http://[::1]:9000", "http://[::1]:9000"],
  ["http://192.168.1.20:9000", "http://192.168.1.20:9000"],
  ["http://10.1.2.3", "http://10.1.2.3"],
  ["http://172.31.0.1:9010", "http://172.31.0.1:9010"],
  ["http://[fd00::1]:9000", "http://[fd00::1]:9000"],
])("takes %s", (text, url) => expect(stockAddress(text)).toBe(url));

test.each([
  "https://127.0.0.1:9000",
  "http://8.8.8.8:9000",
  "http://172.32.0.1:9000",
  "http://box.example:9000",
  "http://169.254.169.254",
  "http://user:secret@127.0.0.1:9000",
  "http://127.0.0.1:9000/api/v1",
  "127.0.0.1:9000",
  "",
])("refuses %j", (text) => expect(stockAddress(text)).toBeUndefined());
