import { Gauge, Registry } from 'prom-client'
import type { Metric, Sample } from '../../platform/metrics.ts'
import type { Distribution, Family } from './kept-metrics.ts'

/** The media type of {@link prometheusText}: the text format of Prometheus, version 0.0.4. */
export const PROMETHEUS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE

/** Writes metrics in the text format of Prometheus. One without values is named and has no line. */
export async function prometheusText(families: readonly Family[]): Promise<string> {
  const registry = new Registry()
  for (const family of families) registry.registerMetric(new Given(family))
  return registry.metrics()
}

/** What prom-client writes a line of. */
interface Line extends Sample {
  metricName?: string
}

/** A metric whose values prom-client is given: it only writes them. */
class Given extends Gauge {
  readonly #family: Family

  constructor(family: Family) {
    const { name, help } = family.metric
    super({ name, help, registers: [] })
    this.#family = family
  }

  override get(): ReturnType<Gauge['get']> {
    const { metric, samples, distributions } = this.#family
    const { name, help, kind } = metric
    const values = [...samples, ...distributions.flatMap((one) => histogramLines(metric, one))]
    // prom-client declares `type` as a number, and writes and reads it as this word.
    return Promise.resolve({ name, help, type: kind as never, values, aggregator: 'sum', collect: () => undefined })
  }
}

/** The buckets of the format contain those below them. */
function histogramLines(
  { name, buckets = [] }: Metric,
  { labels, distribution }: { labels: Sample['labels']; distribution: Distribution },
): Line[] {
  let below = 0
  const upTo = distribution.counts.map((count, index): Line => {
    below += count
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(buckets[index] ?? '+Inf') }, value: below }
  })
  return [
    ...upTo,
    { metricName: `${name}_sum`, labels, value: distribution.sum },
    { metricName: `${name}_count`, labels, value: distribution.count },
  ]
}
