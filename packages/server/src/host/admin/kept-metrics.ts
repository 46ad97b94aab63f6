import type { Logger } from '../../platform/logger.ts'
import type { Counter, Histogram, Labels, Metric, Metrics, Sample } from '../../platform/metrics.ts'

/** What a histogram has observed. */
export interface Distribution {
  /** How many values were at most the bound of this bucket and above that of the one before it; the last has no bound. */
  counts: readonly number[]
  sum: number
  count: number
}

/** A metric with its values at one time. */
export interface Family {
  metric: Metric
  samples: readonly Sample[]
  /** Of a histogram. */
  distributions: readonly { labels: Labels<string>; distribution: Distribution }[]
}

type Read = () => Iterable<Sample> | Promise<Iterable<Sample>>

/** One metric: what is counted of it here, or how it is read. */
interface Kept {
  metric: Metric
  counters: Map<string, { labels: Labels<string>; counter: CountedHere }>
  histograms: Map<string, { labels: Labels<string>; histogram: ObservedHere }>
  read?: Read
}

/**
 * Keeps the values of the declared metrics. To count is an addition, so that requests pay next to nothing for it; everything
 * else happens when someone asks.
 *
 * Throws a TypeError for a metric that is not declared: the reference, the dashboard and the alert rules are held against
 * the declarations.
 */
export class KeptMetrics implements Metrics {
  readonly #logger: Pick<Logger, 'warn'>
  readonly #kept = new Map<string, Kept>()
  /** Metrics that could not be read the last time. */
  readonly #unread = new Set<string>()
  #reading: Promise<Family[]> | undefined

  constructor(declared: readonly Metric[], logger: Pick<Logger, 'warn'>) {
    this.#logger = logger
    for (const metric of declared) {
      this.#kept.set(metric.name, { metric, counters: new Map(), histograms: new Map() })
    }
  }

  counter<L extends string>(metric: Metric<L>, labels: Labels<L>): Counter {
    const { counters } = this.#declared(metric, ['counter'], labels)
    const name = nameOf(metric, labels)
    const known = counters.get(name) ?? { labels, counter: new CountedHere() }
    counters.set(name, known)
    return known.counter
  }

  histogram<L extends string>(metric: Metric<L>, labels: Labels<L>): Histogram {
    const { histograms } = this.#declared(metric, ['histogram'], labels)
    const name = nameOf(metric, labels)
    const known = histograms.get(name) ?? { labels, histogram: new ObservedHere(metric.buckets ?? []) }
    histograms.set(name, known)
    return known.histogram
  }

  read<L extends string>(metric: Metric<L>, read: () => Iterable<Sample<L>> | Promise<Iterable<Sample<L>>>): void {
    this.#declared(metric, ['counter', 'gauge']).read = read
  }

  /** What was counted of a metric. */
  counted({ name }: Metric): Sample[] {
    const counters = [...(this.#kept.get(name)?.counters.values() ?? [])]
    return counters.map(({ labels, counter }) => ({ labels, value: counter.value }))
  }

  /** All metrics as they are now, in the order of their declarations. Those who ask at the same time get the same answer. */
  families(): Promise<Family[]> {
    this.#reading ??= Promise.all([...this.#kept.values()].map((kept) => this.#family(kept))).finally(
      () => (this.#reading = undefined),
    )
    return this.#reading
  }

  #declared({ name, labels: own }: Metric, kinds: readonly Metric['kind'][], labels?: object): Kept {
    const kept = this.#kept.get(name)
    if (kept === undefined || !kinds.includes(kept.metric.kind)) {
      throw new TypeError(`the metric ${name} is not declared, or is of another kind`)
    }
    const [given, declared] = [labels ?? own, own].map((all) => Object.keys(all).toSorted().join(', '))
    if (given !== declared) throw new TypeError(`the metric ${name} has the labels ${declared}, not ${given}`)
    return kept
  }

  async #family(kept: Kept): Promise<Family> {
    const { metric, histograms } = kept
    return {
      metric,
      samples: [...this.counted(metric), ...(await this.#read(kept))],
      distributions: [...histograms.values()].map(({ labels, histogram }) => ({
        labels,
        distribution: histogram.distribution,
      })),
    }
  }

  /** One metric that cannot be read is left out, and leaves the others as they are. */
  async #read({ metric: { name }, read }: Kept): Promise<readonly Sample[]> {
    if (read === undefined) return []
    try {
      const samples = [...(await read())]
      this.#unread.delete(name)
      return samples
    } catch (error) {
      if (!this.#unread.has(name)) this.#logger.warn('a metric cannot be read', { metric: name, error })
      this.#unread.add(name)
      return []
    }
  }
}

/** The values of its labels, in the order of the declaration. No value of a closed set has a line break. */
function nameOf<L extends string>({ labels: declared }: Metric<L>, labels: Labels<L>): string {
  return (Object.keys(declared) as L[]).map((label) => labels[label]).join('\n')
}

class CountedHere implements Counter {
  value = 0

  add(amount = 1): void {
    this.value += amount
  }
}

class ObservedHere implements Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0
  #count = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  observe(value: number): void {
    let bucket = 0
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++
    this.#counts[bucket]! += 1
    this.#sum += value
    this.#count += 1
  }

  get distribution(): Distribution {
    return { counts: [...this.#counts], sum: this.#sum, count: this.#count }
  }
}
