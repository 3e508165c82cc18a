/** The text form of DeepStream's GETs. [Prometheus text exposition format 0.0.4] */

export interface Sample {
  /** Beside `app_name="ds"`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const escaped = (text: string): string =>
  text.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll("\n", String.raw`\n`);

const sampleLine = (name: string, { labels, value }: Sample): string => {
  const pairs = Object.entries({ app_name: "ds", ...labels });
  return `${name}{${pairs.map(([label, text]) => `${label}="${escaped(text)}"`).join(",")}} ${value}\n`;
};

/** Gauges without samples are left out. */
export function prometheusAnswer(gauges: readonly Gauge[]): Response {
  const text = gauges
    .filter(({ samples }) => samples.length > 0)
    .map(
      ({ name, help, samples }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${samples.map((sample) => sampleLine(name, sample)).join("")}`,
    )
    .join("");
  return new Response(text, {
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
  });
}

/** DeepStream 9 takes every `Accept` that mentions text/plain; who takes JSON as well, as axios does, gets JSON here. */
export const wantsPrometheus = (accept = ""): boolean =>
  accept.includes("text/plain") && !accept.includes("application/json");
