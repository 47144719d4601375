/** Numbers in the text format of Prometheus. */

/** A metric: its name, what it means, and its values with their labels. */
export interface Metric {
  name: string;
  help: string;
  type: "counter" | "gauge";
  samples: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];
}

/** The media type of the text. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The metrics as text; one without a value is left out. */
export function prometheusText(metrics: readonly Metric[]): string {
  return metrics.map((metric) => (metric.samples.length === 0 ? "" : textOf(metric))).join("");
}

function textOf({ name, help, type, samples }: Metric): string {
  const lines = samples.map(([labels, value]) => `${name}${labelsOf(labels)} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** As the format asks of values of labels. */
function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
