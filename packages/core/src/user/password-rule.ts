/** Which passwords are taken: length and not the login, as OWASP asks; nothing about kinds of characters. */
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { isTokenText } from "../access/authenticate.ts";
import { loginOf } from "./login.ts";

/** @throws DomainError input.invalid */
export function checkPassword(password: string, login: string): void {
  // As it is hashed. [NIST SP 800-63B, 5.1.1.2]
  const { length } = Array.from(password.normalize("NFKC"));
  const { passwordCharactersMin: least, passwordCharactersMax: most } = limits;
  if (length < least || length > most)
    throw new DomainError(
      "input.invalid",
      `password: a password has ${least} to ${most} characters`,
    );
  // In a Basic header it would be taken for one.
  if (isTokenText(password)) throw new DomainError("input.invalid", "password: this is a token");
  if (loginOf(password) === loginOf(login))
    throw new DomainError("input.invalid", "password: the login is no password");
}
