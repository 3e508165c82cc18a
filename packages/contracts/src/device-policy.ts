/** What a device may do on MQTT: its own topics and shadows, nothing else. One source for AWS and for one machine. */
import type { Installation } from "./ids.ts";

export interface PolicyScope extends Installation {
  readonly region: string;
  readonly accountId: string;
  /** `aws`, `aws-cn`, … */
  readonly partition: string;
}

export const devicePolicyName = ({ app, stage }: Installation): string => `${app}-${stage}-device`;

/** An AWS IoT policy document under 2,048 characters. Only the device's own topics match, whatever its id. */
export function devicePolicy(scope: PolicyScope): string {
  const arn = `arn:${scope.partition}:iot:${scope.region}:${scope.accountId}`;
  const thing = "${iot:Connection.Thing.ThingName}";
  const own = (family: string): string => `${family}/${scope.app}/${scope.stage}/${thing}`;
  const shadow = `$aws/things/${thing}/shadow/name`;
  const listens = [`${own("cmd")}/*`, `${shadow}/*`];
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "iot:Connect", Resource: `${arn}:client/${thing}` },
      {
        Effect: "Allow",
        Action: "iot:Publish",
        Resource: [
          `${own("ack")}/*`,
          `${own("health")}/report`,
          `${own("evt")}/*`,
          `${shadow}/*/get`,
          `${shadow}/*/update`,
        ].map((topic) => `${arn}:topic/${topic}`),
      },
      {
        Effect: "Allow",
        Action: "iot:Subscribe",
        Resource: listens.map((topic) => `${arn}:topicfilter/${topic}`),
      },
      {
        Effect: "Allow",
        Action: "iot:Receive",
        Resource: listens.map((topic) => `${arn}:topic/${topic}`),
      },
    ],
  });
}
