/**
 * What people log in as. Compared without regard to case or form, and kept as compared: `Ann@Example.com` is `ann@example.com`.
 * It stands in Basic (no `:`) behind the organization's prefix (no `/`), and must be told from an id and from a token.
 */
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";

/** As it is kept and compared. Every way in goes through this, or two spellings would be two logins to a throttle. */
export const loginOf = (text: string): string =>
  text.normalize("NFKC").toLowerCase().normalize("NFKC");

/** Letters, marks, digits, punctuation and symbols; spaces within. */
const form = /^[^\p{C}\p{Z}/:](?:[^\p{C}\p{Zl}\p{Zp}/:]*[^\p{C}\p{Z}/:])?$/u;

const flawOf = (login: string): string | undefined => {
  if (Array.from(login).length > limits.loginCharactersMax)
    return `has ${limits.loginCharactersMax} characters at most`;
  if (!form.test(login)) return "is printable text without / and :, and no space at its ends";
  if (/^\d+$/.test(login)) return "is not a number: numbers are ids";
  if (/^sl[a-z]_/.test(login)) return "does not begin like a token";
  return undefined;
};

/** @throws DomainError input.invalid */
export function parseLogin(text: string): string {
  const login = loginOf(text);
  const flaw = flawOf(login);
  if (flaw !== undefined) throw new DomainError("input.invalid", `login: a login ${flaw}`);
  return login;
}

/** Undefined for text that is nobody's login. */
export function knownLogin(text: string): string | undefined {
  const login = loginOf(text);
  return flawOf(login) === undefined ? login : undefined;
}
