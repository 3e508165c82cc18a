import { openSubject } from "./engine.ts";
import { storeContract } from "./store-contract.ts";

storeContract("the store on DynamoDB", () => openSubject());
