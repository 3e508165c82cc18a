/** Runs what a client asks of the device, and tells what became of it in the endpoint's own words. */
import { DomainError } from "@sightline/contracts/errors";
import type { DeviceWord } from "@sightline/core/device/word";
import { fromRefusal, fromWord, type Sentences, type WordTelling } from "./mapping.ts";

/** @throws DomainError that the endpoint has no words for */
export async function inWords(
  sentences: Sentences,
  run: () => Promise<DeviceWord>,
  telling: WordTelling = {},
): Promise<Response> {
  try {
    return fromWord(await run(), sentences, telling);
  } catch (error) {
    const answer = error instanceof DomainError ? fromRefusal(error, sentences) : undefined;
    if (answer) return answer;
    throw error;
  }
}
