import type { Outcome, Result } from '../../execution/outcome.ts'
import { RESULTS } from '../../execution/outcome.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Counter, Histogram, Metric, Metrics } from '../../platform/metrics.ts'
import type { Handle } from './exchange.ts'
import type { RefusalCode } from './refusal.ts'

const SERVICE = '`kms`, `iam`, `sts` or `keyhold`; `unknown` before authentication'
const OPERATION = 'the operation, such as `Encrypt`; `Unknown` where a request names none of the service'

export const REQUESTS: Metric<'service' | 'operation' | 'result'> = {
  name: 'keyhold_requests_total',
  kind: 'counter',
  help: 'Requests that were answered.',
  labels: {
    service: SERVICE,
    operation: OPERATION,
    result: Object.keys(RESULTS)
      .map((result) => `\`${result}\``)
      .join(', '),
  },
}

/** From what is answered in one turn of the event loop to what a client gives up on. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export const REQUEST_SECONDS: Metric<'service' | 'operation'> = {
  name: 'keyhold_request_duration_seconds',
  kind: 'histogram',
  help: 'From the arrival of a whole request until its answer is ready, with the time that it waits for its turn.',
  labels: { service: SERVICE, operation: OPERATION },
  buckets: SECONDS,
}

export const REFUSALS: Metric<'code'> = {
  name: 'keyhold_connection_refusals_total',
  kind: 'counter',
  help: 'What the listener refused by itself: connections, handshakes, and requests that could not be read.',
  labels: { code: 'why, such as `TooManyConnections` or `TlsHandshakeFailed`' },
}

interface Meter {
  seconds: Histogram
  results: Partial<Record<Result, Counter>>
}

/** Counts the requests of a handler by their outcome, and measures how long they take. */
export function measured(handle: Handle, metrics: Metrics, clock: Pick<Clock, 'monotonic'>): Handle {
  const meters = new Map<string, Meter>()
  const meterOf = ({ service, operation }: Outcome): Meter => {
    const name = `${service}:${operation}`
    const known = meters.get(name)
    if (known !== undefined) return known
    const meter = { seconds: metrics.histogram(REQUEST_SECONDS, { service, operation }), results: {} }
    meters.set(name, meter)
    return meter
  }
  return async (request) => {
    const startedMs = clock.monotonic()
    const answer = await handle(request)
    if (answer.outcome === undefined) return answer
    const { service, operation, result } = answer.outcome
    const { seconds, results } = meterOf(answer.outcome)
    const counter = (results[result] ??= metrics.counter(REQUESTS, { service, operation, result }))
    counter.add()
    seconds.observe((clock.monotonic() - startedMs) / 1000)
    return answer
  }
}

/** Counts what the listener refuses by itself. */
export function countedRefusals(metrics: Metrics): (code: RefusalCode) => void {
  const counters = new Map<RefusalCode, Counter>()
  return (code) => {
    const counter = counters.get(code) ?? metrics.counter(REFUSALS, { code })
    counters.set(code, counter)
    counter.add()
  }
}
