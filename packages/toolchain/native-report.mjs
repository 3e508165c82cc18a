/** Counts the native tests: ctest's report has one entry per program, and each program says how many doctest cases it ran. */

const entry = /<testcase\b([^>]*)>([\s\S]*?)<\/testcase>/g;
const cases = /test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed/;

function countEntry([, attributes, body]) {
  const status = /\bstatus="(\w+)"/.exec(attributes)?.[1];
  if (status === "disabled" || status === "notrun") return { passed: 0, failed: 0, skipped: 1 };
  const [, passed, failed] = (cases.exec(body) ?? []).map(Number);
  if (status === "run") return { passed: passed ?? 1, failed: 0, skipped: 0 };
  // A program that crashed or ran out of time has no sum, or one without the failure.
  return { passed: passed ?? 0, failed: failed || 1, skipped: 0 };
}

/** @param {string} xml what `ctest --output-junit` wrote, with whole outputs */
export function countNativeReport(xml) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const match of xml.matchAll(entry)) {
    const counted = countEntry(match);
    for (const name of Object.keys(sum)) sum[name] += counted[name];
  }
  return sum;
}
