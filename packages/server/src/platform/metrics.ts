/** A metric: its name, its meaning, and the labels that tell its values apart. */
export interface Metric<L extends string = string> {
  /**
   * As Prometheus names them: its unit is the last word, in base units (seconds, bytes), and a counter ends in `_total`
   * (https://prometheus.io/docs/practices/naming).
   */
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** One sentence, which monitoring systems show. */
  readonly help: string
  /**
   * What each label says. Its values come from a closed set, never from what a client sends: each new value takes
   * memory here, and in everything that collects the metric.
   */
  readonly labels: Readonly<Record<L, string>>
  /** The upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[]
}

export type Labels<L extends string> = Readonly<Record<L, string>>

/** One value of a metric. */
export interface Sample<L extends string = string> {
  labels: Labels<L>
  value: number
}

type Read<L extends string> = () => Iterable<Sample<L>> | Promise<Iterable<Sample<L>>>

export interface Counter {
  add(amount?: number): void
}

export interface Histogram {
  observe(value: number): void
}

/**
 * Where the server reports what it measures. What happens often is counted as it happens; everything else is read when
 * someone asks for the metrics, from what the server knows anyway.
 *
 * Nothing that reports can fail: a `read` that throws or rejects is left out until it succeeds again.
 */
export interface Metrics {
  /** The counter with these labels. Keep it where it is used often: to find it costs more than to count. */
  counter<L extends string>(metric: Metric<L>, labels: Labels<L>): Counter
  /** The histogram with these labels. Keep it, too. */
  histogram<L extends string>(metric: Metric<L>, labels: Labels<L>): Histogram
  /** Calls `read` each time that the metrics are asked for. No value is reported for labels that it leaves out. */
  read<L extends string>(metric: Metric<L>, read: Read<L>): void
}

const IGNORED = { add: () => undefined, observe: () => undefined }

/** For servers without an admin listener, and for tests. */
export const noMetrics: Metrics = {
  counter: () => IGNORED,
  histogram: () => IGNORED,
  read: () => undefined,
}
