import { type ServiceName, SERVICES } from '@keyhold/protocol'
import type { AuditRecord } from '../../audit/record.ts'

/**
 * Returns the input of a recorded request as execute() had it after decoding: without omitted members that have a
 * default, and with dates, which records contain as text.
 */
export function recordedInput({ service, operation, request = {}, unsaid = [] }: AuditRecord): object {
  const dates = Object.hasOwn(SERVICES, service) ? datesOf(service as ServiceName, operation) : []
  const said = Object.entries(request).filter(([name]) => !unsaid.includes(name))
  return Object.fromEntries(
    said.map(([name, value]) => [name, dates.includes(name) && typeof value === 'string' ? new Date(value) : value]),
  )
}

/** The members of an operation's input that are dates. */
function datesOf(service: ServiceName, operation: string): string[] {
  const { operations, structures } = SERVICES[service].model
  const shape = Object.hasOwn(operations, operation) ? operations[operation]?.input : undefined
  const members = shape === undefined ? [] : (structures[shape] ?? [])
  return members.filter(({ type }) => type === 'timestamp').map(({ name }) => name)
}
