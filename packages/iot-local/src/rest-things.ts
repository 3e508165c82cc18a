/** Things, and the certificates attached to them. [AWS IoT API reference] */
import type { Hono } from "hono";
import { arnOf, certificateIdOfArn, type Realm } from "./arn.ts";
import { alreadyExists, AwsError, invalidRequest } from "./aws-error.ts";
import { type Certificate, newThingId, type Registry, type Thing } from "./registry.ts";
import { bodyOf, pageOf, thingNameOf } from "./rest-request.ts";
import { isSame } from "./shadow-document.ts";

export interface RestThingsDeps {
  readonly registry: Registry;
  readonly realm: Realm;
}

export function routeThings(app: Hono, deps: RestThingsDeps): void {
  const { registry, realm } = deps;

  app.post("/things/:thing", async (context) => {
    const thingName = thingNameOf(context);
    const wanted = parseThing(await bodyOf(context));
    const thing = await registry.change(() => createThing(registry, thingName, wanted));
    const { thingId } = thing;
    return context.json({ thingName, thingArn: arnOf(realm, "thing", thingName), thingId });
  });

  app.get("/things/:thing", (context) =>
    context.json(describeThing(registry.thing(thingNameOf(context)), realm)),
  );

  app.patch("/things/:thing", async (context) => {
    const thingName = thingNameOf(context);
    const body = await bodyOf(context);
    await registry.change(() => updateThing(registry, thingName, body));
    return context.json({});
  });

  app.delete("/things/:thing", async (context) => {
    const thingName = thingNameOf(context);
    const expected = context.req.query("expectedVersion");
    await registry.change(() => {
      const thing = registry.things.rows.get(thingName);
      // As AWS: deleting what is not there succeeds.
      if (!thing) return { changes: [], answer: undefined };
      checkVersion(thing, expected === undefined ? undefined : Number(expected));
      if (principalsOf(registry, thingName).length > 0)
        throw invalidRequest(`Cannot delete. Thing ${thingName} is still attached to a principal.`);
      return { changes: [registry.things.delete(thingName)], answer: undefined };
    });
    return context.json({});
  });

  app.get("/things", (context) => {
    const name = context.req.query("attributeName");
    const value = context.req.query("attributeValue");
    const found = [...registry.things.rows.values()].filter(
      ({ attributes }) => name === undefined || attributes[name] === value,
    );
    const { rows, nextToken } = pageOf(found, context, {
      key: ({ thingName }) => thingName,
      sizeName: "maxResults",
      sizeDefault: 50,
    });
    return context.json({
      things: rows.map((thing) => ({
        ...listed(thing),
        thingArn: arnOf(realm, "thing", thing.thingName),
      })),
      ...(nextToken === undefined ? {} : { nextToken }),
    });
  });

  routePrincipals(app, deps);
}

function routePrincipals(app: Hono, { registry, realm }: RestThingsDeps): void {
  app.put("/things/:thing/principals", async (context) => {
    const thingName = thingNameOf(context);
    const id = principalOf(context.req.header("x-amzn-principal"));
    await registry.change(() => {
      registry.thing(thingName);
      const certificate = registry.certificate(id);
      const things = [...new Set([...certificate.things, thingName])];
      return {
        changes: [registry.certificates.set(id, { ...certificate, things })],
        answer: undefined,
      };
    });
    return context.json({});
  });

  app.delete("/things/:thing/principals", async (context) => {
    const thingName = thingNameOf(context);
    const id = principalOf(context.req.header("x-amzn-principal"));
    await registry.change(() => {
      registry.thing(thingName);
      const certificate = registry.certificate(id);
      const things = certificate.things.filter((name) => name !== thingName);
      return {
        changes: [registry.certificates.set(id, { ...certificate, things })],
        answer: undefined,
      };
    });
    return context.json({});
  });

  app.get("/things/:thing/principals", (context) => {
    const { thingName } = registry.thing(thingNameOf(context));
    const principals = principalsOf(registry, thingName).map(({ certificateId }) =>
      arnOf(realm, "cert", certificateId),
    );
    return context.json({ principals });
  });
}

interface WantedThing {
  readonly attributes: Record<string, string>;
  readonly thingTypeName?: string;
}

/** As AWS: the same thing again is answered, a different one of that name is refused. */
function createThing(
  registry: Registry,
  thingName: string,
  wanted: WantedThing,
): { changes: ReturnType<Registry["things"]["set"]>[]; answer: Thing } {
  const held = registry.things.rows.get(thingName);
  if (held) {
    const same =
      isSame(held.attributes, wanted.attributes) && held.thingTypeName === wanted.thingTypeName;
    if (same) return { changes: [], answer: held };
    throw alreadyExists(`Thing ${thingName} already exists in account with different attributes`);
  }
  const thing: Thing = { thingName, thingId: newThingId(), version: 1, ...wanted };
  return { changes: [registry.things.set(thingName, thing)], answer: thing };
}

function updateThing(
  registry: Registry,
  thingName: string,
  body: Record<string, unknown>,
): { changes: ReturnType<Registry["things"]["set"]>[]; answer: undefined } {
  const thing = registry.thing(thingName);
  checkVersion(thing, body["expectedVersion"]);
  const wanted = parseThing(body);
  const payload = body["attributePayload"] as { merge?: unknown } | undefined;
  const merged =
    payload === undefined
      ? { ...thing.attributes }
      : { ...(payload.merge === true ? thing.attributes : {}), ...wanted.attributes };
  // As AWS: an attribute that is merged with an empty value is removed.
  for (const [name, value] of Object.entries(merged)) if (value === "") delete merged[name];
  const { thingTypeName: _was, ...rest } = thing;
  const type = body["removeThingType"] === true ? undefined : (wanted.thingTypeName ?? _was);
  const row: Thing = {
    ...rest,
    attributes: merged,
    version: thing.version + 1,
    ...(type === undefined ? {} : { thingTypeName: type }),
  };
  return { changes: [registry.things.set(thingName, row)], answer: undefined };
}

function parseThing(body: Record<string, unknown>): WantedThing {
  const payload = body["attributePayload"] ?? {};
  const attributes = (payload as { attributes?: unknown }).attributes ?? {};
  if (typeof attributes !== "object" || attributes === null)
    throw invalidRequest("attributes is an object of strings");
  for (const [name, value] of Object.entries(attributes)) {
    if (
      typeof value !== "string" ||
      value.length > 800 ||
      !/^[a-zA-Z0-9_.,@/:#=[\]-]*$/.test(value)
    )
      throw invalidRequest(`not an attribute value: ${name}`);
    if (!/^[a-zA-Z0-9_.,@/:#-]{1,128}$/.test(name))
      throw invalidRequest(`not an attribute name: ${name}`);
  }
  const type = body["thingTypeName"];
  return {
    attributes: attributes as Record<string, string>,
    ...(typeof type === "string" ? { thingTypeName: type } : {}),
  };
}

function checkVersion(thing: Thing, expected: unknown): void {
  if (expected !== undefined && expected !== null && expected !== thing.version)
    throw new AwsError(
      409,
      "VersionConflictException",
      `The version for ${thing.thingName} is ${thing.version}`,
    );
}

function principalsOf(registry: Registry, thingName: string): Certificate[] {
  return [...registry.certificates.rows.values()].filter(({ things }) =>
    things.includes(thingName),
  );
}

function principalOf(arn: string | undefined): string {
  const id = certificateIdOfArn(arn ?? "");
  if (id === undefined) throw invalidRequest("the principal is not the ARN of a certificate");
  return id;
}

function listed({ thingName, thingTypeName, attributes, version }: Thing): object {
  return { thingName, attributes, version, ...(thingTypeName ? { thingTypeName } : {}) };
}

function describeThing(thing: Thing, realm: Realm): object {
  return {
    ...listed(thing),
    defaultClientId: thing.thingName,
    thingId: thing.thingId,
    thingArn: arnOf(realm, "thing", thing.thingName),
  };
}
