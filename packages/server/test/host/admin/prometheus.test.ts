import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeptMetrics } from '../../../src/host/admin/kept-metrics.ts'
import { PROMETHEUS_TYPE, prometheusText } from '../../../src/host/admin/prometheus.ts'
import type { Metric } from '../../../src/platform/metrics.ts'

const DONE: Metric<'kind'> = { name: 'done_total', kind: 'counter', help: 'Done.', labels: { kind: 'which' } }
const TIMES: Metric = { name: 'times_total', kind: 'counter', help: 'Times.', labels: {} }
const LEFT: Metric = { name: 'left_bytes', kind: 'gauge', help: 'Left.', labels: {} }
const TOOK: Metric = { name: 'took_seconds', kind: 'histogram', help: 'Took.', labels: {}, buckets: [0.1, 1] }

/** Metrics with these four, and what they warn of. */
function metricsOf(): { metrics: KeptMetrics; warnings: unknown[]; values(): Promise<string[]> } {
  const warnings: unknown[] = []
  const warn = (_message: string, fields?: Record<string, unknown>): unknown => warnings.push(fields?.['metric'])
  const metrics = new KeptMetrics([DONE, TIMES, LEFT, TOOK], { warn })
  const values = async (): Promise<string[]> =>
    (await prometheusText(await metrics.families())).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return { metrics, warnings, values }
}

test('what was counted and observed is written in the text format of Prometheus', async () => {
  const { metrics } = metricsOf()
  metrics.counter(DONE, { kind: 'a' }).add()
  metrics.counter(DONE, { kind: 'a' }).add(2)
  metrics.counter(DONE, { kind: 'b' }).add()
  for (const seconds of [0.05, 0.5, 5]) metrics.histogram(TOOK, {}).observe(seconds)
  metrics.read(LEFT, () => [{ labels: {}, value: 7 }])
  assert.equal(
    await prometheusText(await metrics.families()),
    `# HELP done_total Done.
# TYPE done_total counter
done_total{kind="a"} 3
done_total{kind="b"} 1

# HELP times_total Times.
# TYPE times_total counter

# HELP left_bytes Left.
# TYPE left_bytes gauge
left_bytes 7

# HELP took_seconds Took.
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 1
took_seconds_bucket{le="1"} 2
took_seconds_bucket{le="+Inf"} 3
took_seconds_sum 5.55
took_seconds_count 3
`,
  )
  assert.match(PROMETHEUS_TYPE, /^text\/plain; version=0\.0\.4/)
})

test('a value that is not known is absent, and not 0', async () => {
  const { metrics, values } = metricsOf()
  const left = (await values()).filter((line) => line.startsWith('left_bytes'))
  assert.deepEqual(left, [])
  let samples = [{ labels: {}, value: 1 }]
  metrics.read(LEFT, () => samples)
  assert.ok((await values()).includes('left_bytes 1'))
  samples = []
  assert.ok(!(await values()).some((line) => line.startsWith('left_bytes')))
})

test('a counter that is read has the value that is read, whatever it had before', async () => {
  const { metrics, values } = metricsOf()
  let value = 5
  metrics.read(TIMES, () => [{ labels: {}, value }])
  assert.ok((await values()).includes('times_total 5'))
  value = 6
  assert.ok((await values()).includes('times_total 6'))
})

test('a metric that cannot be read is left out and warned of once, and the others are written', async () => {
  const { metrics, warnings, values } = metricsOf()
  let fails = true
  metrics.read(LEFT, () => (fails ? Promise.reject(new Error('unreadable')) : [{ labels: {}, value: 3 }]))
  metrics.counter(DONE, { kind: 'a' }).add()
  for (let scrape = 0; scrape < 2; scrape++) {
    const lines = await values()
    assert.ok(lines.includes('done_total{kind="a"} 1'))
    assert.ok(!lines.some((line) => line.startsWith('left_bytes')))
  }
  assert.deepEqual(warnings, ['left_bytes'])
  fails = false
  assert.ok((await values()).includes('left_bytes 3'))
})

test('a metric that is not declared, or not of this kind, cannot be reported', () => {
  const { metrics } = metricsOf()
  assert.throws(() => metrics.counter({ ...DONE, name: 'other_total' }, { kind: 'a' }), TypeError)
  assert.throws(() => metrics.histogram(DONE, { kind: 'a' }), TypeError)
  assert.throws(() => metrics.read(TOOK, () => []), TypeError)
  assert.throws(() => metrics.counter(DONE, { other: 'a' } as never), /has the labels kind, not other/)
})

test('those who ask at the same time get the same values: each value is read once', async () => {
  const { metrics } = metricsOf()
  let reads = 0
  metrics.read(LEFT, () => {
    reads += 1
    return [{ labels: {}, value: 1 }]
  })
  const [one, other] = await Promise.all([metrics.families(), metrics.families()])
  assert.equal(one, other)
  assert.equal(reads, 1)
})
