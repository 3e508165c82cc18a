import { describe, expect, it } from "vitest";
import { redact } from "./log.ts";

describe("redact", () => {
  it.each([
    ["rtsp://u:p@10.0.0.5/1 is gone", "rtsp://10.0.0.5/1 is gone"],
    ["rtspt://u:p%40@cam/1?a=b", "rtspt://cam/1?a=b"],
    ["rtsp://u:p@ss@cam/1", "rtsp://cam/1"],
    ["two rtsp://a:b@c/1 and rtsp://d:e@f/2", "two rtsp://c/1 and rtsp://f/2"],
    [
      "PUT https://b.s3.amazonaws.com/x.jpg?X-Amz-Signature=abc failed",
      "PUT https://b.s3.amazonaws.com/x.jpg?… failed",
    ],
    ["mail to a@b.c", "mail to a@b.c"],
  ])("%s", (text, shown) => {
    expect(redact(text)).toBe(shown);
  });
});
