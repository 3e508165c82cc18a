/** Takes the place of the SDK's chain of credential providers in bundles of functions: Lambda's are in the environment. */
import { fromEnv } from "@aws-sdk/credential-provider-env";

export const defaultProvider = fromEnv;
