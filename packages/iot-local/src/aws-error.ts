/**
 * A refusal in the words of the AWS IoT API: `type` becomes the `x-amzn-errortype` header, from which the SDK makes
 * its typed exception; over MQTT, `status` becomes the `code` of a shadow's `rejected` message.
 */
export class AwsError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.name = type;
    this.status = status;
    this.type = type;
  }
}

export const invalidRequest = (message: string): AwsError =>
  new AwsError(400, "InvalidRequestException", message);

export const notFound = (message: string): AwsError =>
  new AwsError(404, "ResourceNotFoundException", message);

export const alreadyExists = (message: string): AwsError =>
  new AwsError(409, "ResourceAlreadyExistsException", message);
