import { TransportError } from '../kms/transport.ts'

/** Node 22.21 and 24.5 learned to use proxies, by the name of an agent's option and by this flag. Others pass the option over. */
const CAN_USE_PROXIES = process.allowedNodeEnvironmentFlags?.has('--use-env-proxy') ?? false

/**
 * What an agent would pass over goes directly, past the proxy that was asked for.
 *
 * @throws TransportError UNREACHABLE where a proxy is named for the URL, and this Node cannot use it.
 */
export function requireProxies(env: NodeJS.ProcessEnv | undefined, url: URL, canUse = CAN_USE_PROXIES): void {
  if (canUse || env === undefined) return
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  if (!(env[name.toLowerCase()] || env[name]) || isExcepted(url, env['no_proxy'] || env['NO_PROXY'] || '')) return
  const why = `${name} names a proxy, and this runtime (${process.version}) cannot use one`
  throw new TransportError('UNREACHABLE', `${url.host} cannot be reached: ${why}. Use Node 24.5 or newer.`)
}

/** Fewer forms than Node knows: what is not understood is refused, and never goes directly. */
function isExcepted({ hostname, host }: URL, exceptions: string): boolean {
  return exceptions.split(/[,\s]+/).some((entry) => {
    const name = entry.toLowerCase().replace(/^\*(?=\.)/, '')
    return name === '*' || name === hostname || name === host || (name.startsWith('.') && hostname.endsWith(name))
  })
}
