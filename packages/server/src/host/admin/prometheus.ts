import * as prometheus from 'prom-client'
import type { Logger } from '../../platform/logger.ts'
import type { Counter, Histogram, Labels, Metric, Metrics, Sample } from '../../platform/metrics.ts'

/** What prom-client holds for one metric. */
type Held = prometheus.Counter | prometheus.Gauge | prometheus.Histogram

/** A metric with its values, as prom-client gives it to programs. */
export type Family = Awaited<ReturnType<prometheus.Registry['getMetricsAsJSON']>>[number]

/**
 * Keeps the values of the declared metrics and writes them in Prometheus's text format. Each has a registry of its own, so
 * that servers in one process do not count for each other.
 *
 * Throws a TypeError for a metric that is not declared: the reference, the dashboard and the alert rules are held against
 * the declarations.
 */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new prometheus.Registry()
  readonly #logger: Pick<Logger, 'warn'>
  readonly #held = new Map<string, Held>()
  readonly #reads = new Map<string, () => Iterable<Sample> | Promise<Iterable<Sample>>>()
  /** Metrics that could not be read the last time. */
  readonly #unread = new Set<string>()
  #writing: Promise<string> | undefined

  constructor(declared: readonly Metric[], logger: Pick<Logger, 'warn'>) {
    this.#logger = logger
    for (const metric of declared) this.#held.set(metric.name, this.#hold(metric))
  }

  /** The media type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** All metrics in the text format, version 0.0.4. Those who ask at the same time get the same text. */
  text(): Promise<string> {
    this.#writing ??= this.#registry.metrics().finally(() => (this.#writing = undefined))
    return this.#writing
  }

  families(): Promise<Family[]> {
    return this.#registry.getMetricsAsJSON()
  }

  counter<L extends string>(metric: Metric<L>, labels: Labels<L>): Counter {
    const child = this.#declared(metric, prometheus.Counter).labels(labels)
    return { add: (amount) => child.inc(amount) }
  }

  histogram<L extends string>(metric: Metric<L>, labels: Labels<L>): Histogram {
    return this.#declared(metric, prometheus.Histogram).labels(labels)
  }

  read<L extends string>(metric: Metric<L>, read: () => Iterable<Sample<L>> | Promise<Iterable<Sample<L>>>): void {
    if (metric.kind === 'histogram') throw new TypeError(`the histogram ${metric.name} is observed, not read`)
    this.#declared(metric, metric.kind === 'counter' ? prometheus.Counter : prometheus.Gauge)
    this.#reads.set(metric.name, read)
  }

  #declared<T extends Held>({ name }: Metric, kind: new (...options: never[]) => T): T {
    const held = this.#held.get(name)
    if (held instanceof kind) return held
    throw new TypeError(`the metric ${name} is not declared, or is of another kind`)
  }

  #hold({ name, kind, help, labels, buckets }: Metric): Held {
    const usual = { name, help, labelNames: Object.keys(labels), registers: [this.#registry] }
    if (kind === 'histogram') return new prometheus.Histogram({ ...usual, ...(buckets && { buckets: [...buckets] }) })
    if (kind === 'counter') {
      const counter: prometheus.Counter = new prometheus.Counter({
        ...usual,
        collect: () => this.#collect(name, counter, ({ labels: of, value }) => counter.inc(of, value)),
      })
      return counter
    }
    const gauge: prometheus.Gauge = new prometheus.Gauge({
      ...usual,
      collect: () => this.#collect(name, gauge, ({ labels: of, value }) => gauge.set(of, value)),
    })
    return gauge
  }

  /** Replaces the values by those that are read now. One metric that cannot be read leaves the others as they are. */
  async #collect(name: string, held: Held, set: (sample: Sample) => void): Promise<void> {
    const read = this.#reads.get(name)
    // A counter that is counted here keeps what was counted.
    if (read === undefined) return held instanceof prometheus.Gauge ? empty(held) : undefined
    try {
      const samples = [...(await read())]
      empty(held)
      for (const sample of samples) set(sample)
      this.#unread.delete(name)
    } catch (error) {
      empty(held)
      if (!this.#unread.has(name)) this.#logger.warn('a metric cannot be read', { metric: name, error })
      this.#unread.add(name)
    }
  }
}

/** Without a value it is not reported: prom-client resets a metric without labels to 0, which would be a value. */
function empty(held: Held): void {
  held.reset()
  held.remove({})
}
