import { diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, SpanStatusCode, type TextMapGetter } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { detectResources, envDetector, type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Logger } from '../../platform/logger.ts'
import type { KeptMetrics } from '../admin/kept-metrics.ts'
import type { Handle } from '../http/exchange.ts'
import { metricProducer } from './otlp-metrics.ts'
import { samplerOf } from './sampler.ts'
import { foreignProtocol, type Wanted } from './wanted.ts'

/**
 * Exports a span of each request, and the metrics, to the collector that the operator names by OpenTelemetry's variables. Nothing
 * of it can fail or hold a request: what the collector does not take in time is dropped (docs/decisions/0068).
 */
export interface Telemetry {
  /** Makes a span of each request of a verified caller. */
  traced(handle: Handle): Handle
  /** Exports what is left, for a few seconds at most. */
  stop(): Promise<void>
}

interface Context {
  metrics: KeptMetrics
  version: string
  /** Real time. */
  clock: Pick<Clock, 'now' | 'monotonic'>
  logger: Logger
  environment: Readonly<Record<string, string | undefined>>
}

const INTERVAL_MS = 60_000
const STOP_MS = 3000
const MAX_PROBLEM = 300

export function openTelemetry(wanted: Wanted, context: Context): Telemetry {
  const { environment, logger } = context
  const protocol = foreignProtocol(environment)
  if (protocol !== undefined) {
    logger.error('telemetry is not exported: OTLP is spoken by http/protobuf only', { protocol })
    return { traced: (handle) => handle, stop: () => Promise.resolve() }
  }
  tellOfProblems(logger)
  const resource = resourceOf(context)
  const provider = wanted.traces ? tracerProvider(resource, environment) : undefined
  const reader = wanted.metrics ? metricReader(context) : undefined
  const meters = reader && new MeterProvider({ resource, readers: [reader] })
  return {
    traced: (handle) => (provider === undefined ? handle : traced(handle, provider, context)),
    async stop() {
      const ended = Promise.allSettled([provider?.shutdown(), meters?.shutdown()])
      const { promise: overdue, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, STOP_MS)
      await Promise.race([ended, overdue])
      clearTimeout(timer)
    },
  }
}

/** One for the process: OpenTelemetry has one place for what it says of itself. */
function tellOfProblems(logger: Logger): void {
  const warn = (problem: string): void =>
    logger.warn('telemetry cannot be exported: what waits for too long is dropped', {
      problem: problem.slice(0, MAX_PROBLEM),
    })
  const silent = (): void => undefined
  const own = { error: warn, warn, info: silent, debug: silent, verbose: silent }
  diag.setLogger(own, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
}

/** What the operator's variables say goes before what we know. */
function resourceOf({ version, environment }: Context): Resource {
  const own = resourceFromAttributes({ 'service.name': 'keyhold', 'service.version': version })
  const named = environment['OTEL_SERVICE_NAME']
  const detected = detectResources({ detectors: [envDetector] })
  return own.merge(detected).merge(resourceFromAttributes(named ? { 'service.name': named } : {}))
}

function tracerProvider(resource: Resource, environment: Context['environment']): TracerProvider {
  const spanProcessors = [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })]
  return new TracerProvider({ resource, sampler: samplerOf(environment), spanProcessors })
}

function metricReader({ metrics, clock, environment }: Context): PeriodicExportingMetricReader {
  const intervalMs = Number(environment['OTEL_METRIC_EXPORT_INTERVAL'] || INTERVAL_MS)
  const every = intervalMs >= 1000 ? intervalMs : INTERVAL_MS
  return new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(),
    exportIntervalMillis: every,
    exportTimeoutMillis: Math.min(every, 30_000),
    metricProducers: [metricProducer(metrics, clock.now(), () => clock.now())],
  })
}

const HEADERS: TextMapGetter<RawRequest['headers']> = {
  keys: (headers) => [...headers.keys()],
  get: (headers, name) => headers.get(name)?.[0],
}

/**
 * The span is made when its outcome is known: strangers could otherwise fill the queue of spans, and choose with a `traceparent`
 * of theirs what is sampled.
 */
function traced(handle: Handle, provider: TracerProvider, { clock }: Context): Handle {
  const tracer = provider.getTracer('keyhold')
  const propagator = new W3CTraceContextPropagator()
  return async (request) => {
    const [startTime, startedMs] = [clock.now(), clock.monotonic()]
    const { headers, requestId } = request
    const answer = await handle(request)
    const { outcome } = answer
    if (outcome === undefined || outcome.service === 'unknown') return answer
    const { service, operation, result } = outcome
    const attributes = {
      'rpc.system': 'aws-api',
      'rpc.service': service,
      'rpc.method': operation,
      'keyhold.result': result,
      'aws.request_id': answer.requestId ?? requestId,
      'http.response.status_code': answer.status,
    }
    const parent = propagator.extract(ROOT_CONTEXT, headers, HEADERS)
    const span = tracer.startSpan(`${service}/${operation}`, { kind: SpanKind.SERVER, startTime, attributes }, parent)
    if (result === 'internal') span.setStatus({ code: SpanStatusCode.ERROR })
    span.end(startTime + clock.monotonic() - startedMs)
    return answer
  }
}
