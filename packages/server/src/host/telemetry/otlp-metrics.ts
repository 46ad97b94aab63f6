import { type HrTime, ValueType } from '@opentelemetry/api'
import { emptyResource } from '@opentelemetry/resources'
import { AggregationTemporality, DataPointType, type MetricData, type MetricProducer } from '@opentelemetry/sdk-metrics'
import type { Labels } from '../../platform/metrics.ts'
import type { Distribution, Family, KeptMetrics } from '../admin/kept-metrics.ts'

/** The metrics of a server as OpenTelemetry has them, under the same names. All are counted from the start on. */
export function metricProducer(metrics: KeptMetrics, startedMs: number, nowMs: () => number): MetricProducer {
  return {
    async collect() {
      const span = { startTime: hrTime(startedMs), endTime: hrTime(nowMs()) }
      const known = (await metrics.families()).filter(
        ({ samples, distributions }) => samples.length + distributions.length > 0,
      )
      const scopeMetrics = [{ scope: { name: 'keyhold' }, metrics: known.map((family) => metricData(family, span)) }]
      return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] }
    },
  }
}

interface Span {
  startTime: HrTime
  endTime: HrTime
}

function metricData({ metric, samples, distributions }: Family, span: Span): MetricData {
  const { name, help, kind, buckets = [] } = metric
  const common = {
    descriptor: { name, description: help, unit: '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
  const point = <T>(labels: Labels<string>, value: T) => ({ ...span, attributes: { ...labels }, value })
  if (kind === 'histogram') {
    const dataPoints = distributions.map(({ labels, distribution }) => point(labels, histogram(buckets, distribution)))
    return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints }
  }
  const dataPoints = samples.map(({ labels, value }) => point(labels, value))
  return kind === 'gauge'
    ? { ...common, dataPointType: DataPointType.GAUGE, dataPoints }
    : { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
}

function histogram(boundaries: readonly number[], { counts, sum, count }: Distribution) {
  return { buckets: { boundaries: [...boundaries], counts: [...counts] }, sum, count }
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}
