import { iotContract } from "./iot-contract.ts";
import { RunningIot } from "./running-iot.ts";

iotContract("iot-local as AWS IoT Core", async () => (await RunningIot.start()).at);
