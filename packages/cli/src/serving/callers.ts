import type { ServeOptions } from '@keyhold/server'
import type { Settings } from '../configuration/settings.ts'

/** Who can call, as options of the server. */
export function callersOf({
  trustedProxies,
  allowedOrigins,
}: Pick<Settings<'serve'>, 'trustedProxies' | 'allowedOrigins'>): Pick<
  ServeOptions,
  'trustedProxies' | 'allowedOrigins'
> {
  return { ...(trustedProxies && { trustedProxies }), ...(allowedOrigins && { allowedOrigins }) }
}
