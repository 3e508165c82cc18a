/** What AWS calls the data plane: publishing, shadows, retained messages, connections. [AWS IoT Data Plane API reference] */
import type { Context, Hono } from "hono";
import { AwsError, invalidRequest, notFound } from "./aws-error.ts";
import type { Broker } from "./broker.ts";
import { limits } from "./limits.ts";
import type { MessageFlow } from "./message-flow.ts";
import type { RetainedMessages } from "./retained-messages.ts";
import { pageOf, queryFlag, thingNameOf } from "./rest-request.ts";
import type { ShadowAddress } from "./shadow-topic.ts";
import type { Shadows } from "./shadows.ts";
import { topicFault } from "./topic.ts";

export interface RestMessagesDeps {
  readonly flow: MessageFlow;
  readonly shadows: Shadows;
  readonly retained: RetainedMessages;
  readonly broker: Broker;
}

export function routeMessages(app: Hono, deps: RestMessagesDeps): void {
  app.post("/topics/:topic", async (context) => {
    const topic = context.req.param("topic");
    const payload = Buffer.from(await context.req.arrayBuffer());
    const qos = context.req.query("qos") ?? "0";
    if (qos !== "0" && qos !== "1") throw invalidRequest("qos is 0 or 1");
    const fault = topic.startsWith("$") ? "the topic is reserved" : topicFault(topic);
    if (fault !== undefined) throw invalidRequest(fault);
    if (payload.length > limits.payload.value)
      throw new AwsError(413, "RequestEntityTooLargeException", "the payload is too large");
    const retain = queryFlag(context, "retain");
    await deps.flow.send({ messages: [{ topic, payload, qos: qos === "1" ? 1 : 0, retain }] });
    return context.json({});
  });

  app.get("/retainedMessage/:topic", (context) => {
    const topic = context.req.param("topic");
    const message = deps.retained.get(topic);
    if (!message) throw notFound(`no retained message for ${topic}`);
    const { payload, qos, atMs } = message;
    return context.json({ topic, payload, qos, lastModifiedTime: atMs });
  });

  app.delete("/connections/:client", (context) => {
    const clientId = context.req.param("client");
    const preventWill = queryFlag(context, "preventWillMessage");
    if (!deps.broker.disconnect(clientId, { preventWill }))
      throw notFound(`${clientId} is not connected`);
    return context.json({});
  });

  routeShadows(app, deps);
}

function routeShadows(app: Hono, { shadows }: RestMessagesDeps): void {
  const empty = Buffer.alloc(0);
  app.get("/things/:thing/shadow", async (context) =>
    context.json(await shadows.get(addressOf(context), empty, "http")),
  );
  app.post("/things/:thing/shadow", async (context) => {
    const payload = Buffer.from(await context.req.arrayBuffer());
    return context.json(await shadows.update(addressOf(context), payload, "http"));
  });
  app.delete("/things/:thing/shadow", async (context) =>
    context.json(await shadows.delete(addressOf(context), empty, "http")),
  );
  app.get("/api/things/shadow/ListNamedShadowsForThing/:thing", async (context) => {
    const names = await shadows.names(thingNameOf(context));
    const { rows, nextToken } = pageOf(names, context, {
      key: (name) => name,
      sizeName: "pageSize",
      sizeDefault: 25,
    });
    const timestamp = Math.floor(Date.now() / 1000);
    return context.json({
      results: rows,
      timestamp,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
  });
}

function addressOf(context: Context): ShadowAddress {
  const thing = thingNameOf(context);
  const name = context.req.query("name");
  if (name === undefined) return { thing };
  const max = limits.shadowName.value;
  if (!/^[$a-zA-Z0-9:_-]+$/.test(name) || name.length > max)
    throw invalidRequest(`a shadow name has 1 to ${max} characters of [$a-zA-Z0-9:_-]`);
  return { thing, name };
}
