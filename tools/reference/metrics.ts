import { METRICS } from '../../packages/server/src/host/admin/metrics-table.ts'
import { RESULTS } from '../../packages/server/src/execution/outcome.ts'
import { code, markdownTable } from './markdown.ts'

/** `docs/reference/metrics.md`, from the table of metrics. */
export function metricsReference(): string {
  const metrics = METRICS.map(({ name, kind, help, labels }) => [
    code(name),
    kind,
    help,
    Object.entries(labels)
      .map(([label, meaning]) => `${code(label)}: ${meaning}`)
      .join('; '),
  ])
  const results = Object.entries(RESULTS).map(([result, meaning]) => [code(result), meaning])
  return `# Metrics

Generated from the table of metrics by \`npm run generate\`. A server answers them on its admin listener, at \`/metrics\`, in Prometheus's
text format ([how to collect them](../guide/monitoring.md)). A value that is not known is absent. All labels have few values, and
none of them comes from a client ([decision 67](../decisions/0067-health-and-metrics.md)).

${markdownTable(['Name', 'Kind', 'Meaning', 'Labels'], metrics)}
## Results of requests

${markdownTable(['Result', 'A request has it when'], results)}`
}
