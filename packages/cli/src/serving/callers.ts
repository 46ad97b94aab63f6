import type { ServeOptions } from '@keyhold/server'
import type { Settings } from '../configuration/settings.ts'

/** Who can call, as options of the server. */
export function callersOf({
  trustedProxies,
  proxyProtocol,
  allowedOrigins,
}: Pick<Settings<'serve'>, 'trustedProxies' | 'proxyProtocol' | 'allowedOrigins'>): Pick<
  ServeOptions,
  'trustedProxies' | 'proxyProtocol' | 'allowedOrigins'
> {
  return { proxyProtocol, ...(trustedProxies && { trustedProxies }), ...(allowedOrigins && { allowedOrigins }) }
}
