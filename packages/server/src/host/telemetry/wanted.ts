type Environment = Readonly<Record<string, string | undefined>>

/** What is exported by OTLP, as the variables of OpenTelemetry say (https://opentelemetry.io/docs/specs/otel/configuration). */
export interface Wanted {
  traces: boolean
  metrics: boolean
}

/** Nothing unless a collector is named. An empty variable is as one that is not set. */
export function wantedTelemetry(environment: Environment): Wanted {
  const isOff = environment['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true'
  const of = (signal: 'TRACES' | 'METRICS'): boolean => {
    const isNamed = Boolean(
      environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? environment[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`],
    )
    return !isOff && isNamed && (environment[`OTEL_${signal}_EXPORTER`] || 'otlp') === 'otlp'
  }
  return { traces: of('TRACES'), metrics: of('METRICS') }
}

/** The protocol that is asked for and is not spoken here, or `undefined`. */
export function foreignProtocol(environment: Environment): string | undefined {
  const names = [
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL',
  ]
  return names.map((name) => environment[name] || 'http/protobuf').find((protocol) => protocol !== 'http/protobuf')
}
