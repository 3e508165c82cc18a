/** What an empty function costs. */
exports.handler = async () => undefined;
