/** Renders the table of errors as the document that lists them; `tidy.test.ts` keeps the file equal to this. */

const introduction = `# Errors

Every refusal of Sightline carries one of these codes, over HTTP and in the reports of devices alike.
Each dialect spells them in its own way; the codes are in \`src/errors.ts\`, and \`npm run gen\` writes this page.
*Retryable* says that the same request can succeed later without being changed.
`;

const row = ([code, { status, retryable, meaning }]) =>
  `| \`${code}\` | ${status} | ${retryable ? "yes" : "no"} | ${meaning} |`;

/** @param {Readonly<Record<string, {status: number, retryable: boolean, meaning: string}>>} table */
export function renderErrors(table) {
  const head = "| code | HTTP | retryable | meaning |\n|---|---|---|---|";
  return `${introduction}\n${head}\n${Object.entries(table).map(row).join("\n")}\n`;
}
