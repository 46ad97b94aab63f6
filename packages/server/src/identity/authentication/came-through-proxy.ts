import type { HeaderValues } from './headers.ts'

/** Headers that proxies add. */
const OF_PROXIES = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-real-ip',
]

/** Whether a request seems to have come through a proxy. Anyone can add such headers, so that no decision may use this. */
export function cameThroughProxy(headers: HeaderValues): boolean {
  return OF_PROXIES.some((name) => headers.has(name))
}
