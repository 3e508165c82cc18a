/** The agent's version; a test keeps it equal to package.json. */
export const agentVersion = "0.1.0";
