/** How many users an organization may have; the rest of their contract is in contract/user.ts. */
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { limits } from "@sightline/contracts/limits";
import { createStore } from "@sightline/store/store";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openEngine, type Engine } from "./engine.ts";
import { makeUser } from "./fixtures.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

it("takes no more users than an organization may have, until one goes", async () => {
  const { users } = createStore(engine);
  const admin = makeUser({ accessLevel: "admin" });
  const { organization } = admin;
  const second = makeUser({ organization, id: 2 });
  const third = makeUser({ organization, id: 3 });
  await users.create(admin, admin.login);
  await DynamoDBDocumentClient.from(engine.client).send(
    new UpdateCommand({
      TableName: engine.tables.state,
      Key: { pk: `ORG#${organization}`, sk: "PEOPLE" },
      UpdateExpression: "SET #users = :users",
      ExpressionAttributeNames: { "#users": "users" },
      ExpressionAttributeValues: { ":users": limits.usersRowsMax - 1 },
    }),
  );
  expect(await users.create(second, second.login)).toBe(true);
  const create = () => users.create(third, third.login);
  await expect(create()).rejects.toMatchObject({ code: "user.limit" });
  expect(await users.findByLogin(third.login)).toBeUndefined();
  expect(await users.delete(second, second.login)).toBe(true);
  expect(await create()).toBe(true);
});
