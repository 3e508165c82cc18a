/** Secrets at rest: encrypted with a key of the installation that is never stored beside them. */
export interface Vault {
  /** `context` is authenticated with it: what was encrypted for one stream does not decrypt as another's. */
  encrypt(text: string, context: string): Promise<string>;
  /** @throws when the text was encrypted with another key or for another context. */
  decrypt(encrypted: string, context: string): Promise<string>;
}
