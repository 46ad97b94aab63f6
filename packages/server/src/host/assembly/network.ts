import type { Answer } from '../../execution/request.ts'
import type { ListenAddress } from '../http/listen-address.ts'
import { type OpenAnswers, openAnswers } from '../http/open-answers.ts'
import { Origins } from '../http/origins.ts'
import { TrustedProxies } from '../http/peer/trusted-proxies.ts'
import { browserRefusal, hostNames } from '../http/rebinding.ts'
import type { Certificates } from '../http/tls/certificates.ts'
import type { Logger } from '../../platform/logger.ts'
import { systemClock } from '../../platform/system-clock.ts'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import type { DevOptions, ServerOptions } from './config.ts'

/** What is configured of the network: where a server answers, and which proxies and web pages it trusts. */
export interface Network {
  addresses: readonly ListenAddress[]
  /** Where plain HTTP is answered. */
  plainHttp: 'local' | 'everywhere'
  trustedProxies: TrustedProxies
  origins: Origins
  open: OpenAnswers
  certificates?: Certificates
}

/** What a mode of the server has of its own. */
interface Mode {
  plainHttp?: Network['plainHttp']
  /** The answer to requests that get no other. */
  refusal?: (request: RawRequest) => Answer | undefined
}

/**
 * Checks what is configured of the network, before a data folder is opened. Throws a TrustedProxyError or an OriginError.
 */
export function networkOf(options: ServerOptions, { plainHttp = 'local', refusal }: Mode = {}): Network {
  const { port, listen = [], trustedProxies = [], proxyProtocol, allowedOrigins = [] } = options
  const origins = Origins.of(allowedOrigins)
  return {
    addresses: [...(port === undefined ? [] : [{ host: '127.0.0.1', port }]), ...listen],
    plainHttp,
    trustedProxies: TrustedProxies.of(trustedProxies, { proxyProtocol }),
    origins,
    open: openAnswers(origins, refusal),
  }
}

/** Adds the certificates. Throws a CertificateError. */
export async function withCertificates(network: Network, options: ServerOptions, logger: Logger): Promise<Network> {
  const certificates = await openCertificates(options, logger)
  return { ...network, ...(certificates && { certificates }) }
}

/** The certificates that are configured. What reads them is loaded only if there are some. Throws a CertificateError. */
export async function openCertificates({ tls }: ServerOptions, logger: Logger): Promise<Certificates | undefined> {
  if (tls === undefined) return undefined
  const { Certificates } = await import('../http/tls/certificates.ts')
  // They are valid in real time, whatever time a development server has.
  return Certificates.open(tls, { clock: systemClock, logger })
}

/** The refusal of a development server to pages and names that were not allowed. Throws an OriginError or a HostNameError. */
export function devRefusal({
  allowedHosts = [],
  allowedOrigins = [],
}: DevOptions): (request: RawRequest) => Answer | undefined {
  return browserRefusal({ hosts: hostNames(allowedHosts), origins: Origins.of(allowedOrigins) })
}
