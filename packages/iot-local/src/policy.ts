/**
 * AWS IoT policy documents: Allow and Deny, `*` and `?`, policy variables. Deny by default; a Deny that matches wins.
 * A statement with a variable that has no value does not match. [AWS IoT Core Developer Guide, "AWS IoT Core policies"]
 *
 * Parsing refuses what this evaluator does not understand: a policy is never half obeyed.
 */
import { AwsError } from "./aws-error.ts";
import { limits } from "./limits.ts";

export const policyActions = [
  "iot:Connect",
  "iot:Publish",
  "iot:RetainPublish",
  "iot:Subscribe",
  "iot:Receive",
] as const;
export type PolicyAction = (typeof policyActions)[number];

/** Who asks: values of the policy variables. A missing one is not known for this connection. */
export interface PolicySubject {
  readonly clientId: string;
  /** Set only when the client id is the name of a thing to which the certificate is attached. */
  readonly thingName?: string;
  readonly commonName?: string;
}

interface Statement {
  readonly deny: boolean;
  readonly actions: readonly Pattern[];
  readonly resources: readonly Pattern[];
  readonly attached?: boolean;
}

export type Policy = readonly Statement[];

type Part =
  | { readonly text: string }
  | { readonly wild: "any" | "one" }
  | { readonly variable: string };
type Pattern = readonly Part[];

const malformed = (why: string): AwsError => new AwsError(400, "MalformedPolicyException", why);

const variables: Readonly<Record<string, (subject: PolicySubject) => string | undefined>> = {
  "iot:ClientId": ({ clientId }) => clientId,
  "iot:Connection.Thing.ThingName": ({ thingName }) => thingName,
  "iot:Certificate.Subject.CommonName": ({ commonName }) => commonName,
};

export function parsePolicy(document: string): Policy {
  if (document.replace(/\s/g, "").length > limits.policyDocument.value)
    throw malformed(`the policy is longer than ${limits.policyDocument.value} characters`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    throw malformed("the policy is not JSON");
  }
  if (!isObject(parsed) || parsed["Version"] !== "2012-10-17")
    throw malformed('the policy needs "Version": "2012-10-17"');
  const statements = list(parsed["Statement"]);
  if (statements.length === 0) throw malformed("the policy has no Statement");
  return statements.map(parseStatement);
}

function parseStatement(value: unknown): Statement {
  if (!isObject(value)) throw malformed("a Statement is an object");
  for (const key of Object.keys(value))
    if (!["Sid", "Effect", "Action", "Resource", "Condition"].includes(key))
      throw malformed(`a Statement with ${key} is not understood here`);
  const effect = value["Effect"];
  if (effect !== "Allow" && effect !== "Deny") throw malformed("Effect is Allow or Deny");
  const actions = list(value["Action"]).map((action) => parseAction(action));
  const resources = list(value["Resource"]).map((resource) => parseResource(resource));
  if (actions.length === 0 || resources.length === 0)
    throw malformed("a Statement needs an Action and a Resource");
  const attached = parseCondition(value["Condition"]);
  return {
    deny: effect === "Deny",
    actions,
    resources,
    ...(attached === undefined ? {} : { attached }),
  };
}

function parseAction(value: unknown): Pattern {
  if (typeof value !== "string" || !/^(\*|iot:[A-Za-z*?]+)$/.test(value))
    throw malformed(`not an IoT action: ${String(value)}`);
  return parsePattern(value);
}

function parseResource(value: unknown): Pattern {
  if (typeof value !== "string") throw malformed("a Resource is a string");
  if (value !== "*" && !/^arn:[^:]+:iot:[^:]*:[^:]*:./.test(value))
    throw malformed(`not an IoT resource: ${value}`);
  return parsePattern(value);
}

/** The one condition that is understood: `{"Bool": {"iot:Connection.Thing.IsAttached": "true"}}`. */
function parseCondition(value: unknown): boolean | undefined {
  if (value === undefined) return undefined;
  const bool = isObject(value) && Object.keys(value).length === 1 ? value["Bool"] : undefined;
  const asked =
    isObject(bool) && Object.keys(bool).length === 1
      ? list(bool["iot:Connection.Thing.IsAttached"])
      : [];
  const [only] = asked;
  if (asked.length !== 1 || (String(only) !== "true" && String(only) !== "false"))
    throw malformed("the only Condition understood here is Bool iot:Connection.Thing.IsAttached");
  return String(only) === "true";
}

function parsePattern(text: string): Pattern {
  const parts: Part[] = [];
  for (const [piece] of text.matchAll(/\$\{[^}]*\}|[*?]|(?:[^*?$]|\$(?!\{))+|\$\{/g)) {
    if (piece === "*") parts.push({ wild: "any" });
    else if (piece === "?") parts.push({ wild: "one" });
    else if (piece === "${") throw malformed(`a policy variable does not end: ${text}`);
    else if (piece.startsWith("${")) parts.push(parseVariable(piece.slice(2, -1)));
    else parts.push({ text: piece });
  }
  return parts;
}

function parseVariable(name: string): Part {
  // `${*}`, `${?}` and `${$}` are those characters themselves.
  if (name === "*" || name === "?" || name === "$") return { text: name };
  if (!Object.hasOwn(variables, name)) throw malformed(`unknown policy variable: ${name}`);
  return { variable: name };
}

/** @param resource the full ARN, e.g. `arn:aws:iot:local:000000000000:topic/a/b`. */
export function policyAllows(
  policies: readonly Policy[],
  subject: PolicySubject,
  request: { readonly action: PolicyAction; readonly resource: string },
): boolean {
  let allowed = false;
  for (const policy of policies)
    for (const statement of policy) {
      if (allowed && !statement.deny) continue;
      if (!statementMatches(statement, subject, request)) continue;
      if (statement.deny) return false;
      allowed = true;
    }
  return allowed;
}

function statementMatches(
  statement: Statement,
  subject: PolicySubject,
  request: { readonly action: PolicyAction; readonly resource: string },
): boolean {
  const attached = subject.thingName !== undefined;
  if (statement.attached !== undefined && statement.attached !== attached) return false;
  const matches = (pattern: Pattern, text: string): boolean => {
    const glob = resolve(pattern, subject);
    return glob !== undefined && globMatches(glob, text);
  };
  return (
    statement.actions.some((action) => matches(action, request.action)) &&
    statement.resources.some((resource) => matches(resource, request.resource))
  );
}

const any = 0;
const one = 1;
type Glob = readonly (string | typeof any | typeof one)[];

/** Puts values in the place of variables, as plain text: a `*` in a client id is no wildcard. */
function resolve(pattern: Pattern, subject: PolicySubject): Glob | undefined {
  const glob: (string | typeof any | typeof one)[] = [];
  for (const part of pattern) {
    if ("wild" in part) glob.push(part.wild === "any" ? any : one);
    else if ("text" in part) glob.push(part.text);
    else {
      const value = variables[part.variable]?.(subject);
      if (value === undefined) return undefined;
      glob.push(value);
    }
  }
  return glob;
}

/** Greedy with one point of return: linear in practice, never exponential. */
function globMatches(glob: Glob, text: string): boolean {
  let part = 0;
  let at = 0;
  let returnPart = -1;
  let returnAt = 0;
  while (part < glob.length || at < text.length) {
    const piece = glob[part];
    if (piece === any) {
      returnPart = part++;
      returnAt = at;
      continue;
    }
    if (piece === one ? at < text.length : piece !== undefined && text.startsWith(piece, at)) {
      part++;
      at += piece === one ? 1 : (piece as string).length;
      continue;
    }
    if (returnPart < 0 || returnAt >= text.length) return false;
    part = returnPart + 1;
    at = ++returnAt;
  }
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function list(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}
