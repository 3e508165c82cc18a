/** The contract suite of the store's port: whatever implements it passes this. */
import { afterAll, beforeAll, describe } from "vitest";
import { auditContract } from "./contract/audit.ts";
import { commandContract } from "./contract/command.ts";
import { deviceContract } from "./contract/device.ts";
import { dueContract } from "./contract/due.ts";
import { enrolmentContract } from "./contract/enrolment.ts";
import { folderContract } from "./contract/folder.ts";
import { idempotencyContract } from "./contract/idempotency.ts";
import { organizationContract } from "./contract/organization.ts";
import { sessionContract } from "./contract/session.ts";
import { siteContract } from "./contract/site.ts";
import { streamContract } from "./contract/stream.ts";
import { tokenContract } from "./contract/token.ts";
import { userContract } from "./contract/user.ts";
import { throttleContract } from "./contract/throttle.ts";
import type { Subject } from "./contract/subject.ts";

export function storeContract(name: string, open: () => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject | undefined;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject?.close());
    const subjectOf = (): Subject => {
      if (!subject) throw new Error("the subject is not open yet");
      return subject;
    };
    describe("organizations", () => organizationContract(subjectOf));
    describe("sites", () => siteContract(subjectOf));
    describe("folders", () => folderContract(subjectOf));
    describe("devices", () => deviceContract(subjectOf));
    describe("enrolments", () => enrolmentContract(subjectOf));
    describe("streams", () => streamContract(subjectOf));
    describe("commands", () => commandContract(subjectOf));
    describe("tokens", () => tokenContract(subjectOf));
    describe("users", () => userContract(subjectOf));
    describe("sessions", () => sessionContract(subjectOf));
    describe("throttle", () => throttleContract(subjectOf));
    describe("idempotency", () => idempotencyContract(subjectOf));
    describe("audit", () => auditContract(subjectOf));
    describe("due", () => dueContract(subjectOf));
  });
}
