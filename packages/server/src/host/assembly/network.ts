import type { Answer } from '../../execution/request.ts'
import { type OpenAnswers, openAnswers } from '../http/open-answers.ts'
import { Origins } from '../http/origins.ts'
import { TrustedProxies } from '../http/peer/trusted-proxies.ts'
import { browserRefusal, hostNames } from '../http/rebinding.ts'
import type { RawRequest } from '../../identity/authentication/raw-request.ts'
import type { DevOptions, ServerOptions } from './config.ts'

/** What is configured of the network: where a server answers, and which proxies and web pages it trusts. */
export interface Network {
  port: number
  trustedProxies: TrustedProxies
  origins: Origins
  open: OpenAnswers
}

/**
 * Checks what is configured of the network, before a data folder is opened. Throws a TrustedProxyError or an OriginError. `refusal`
 * is the answer to requests that get no other.
 */
export function networkOf(options: ServerOptions, refusal?: (request: RawRequest) => Answer | undefined): Network {
  const { port, trustedProxies = [], allowedOrigins = [] } = options
  const origins = Origins.of(allowedOrigins)
  return { port, trustedProxies: TrustedProxies.of(trustedProxies), origins, open: openAnswers(origins, refusal) }
}

/** The refusal of a development server to pages and names that were not allowed. Throws an OriginError or a HostNameError. */
export function devRefusal({
  allowedHosts = [],
  allowedOrigins = [],
}: DevOptions): (request: RawRequest) => Answer | undefined {
  return browserRefusal({ hosts: hostNames(allowedHosts), origins: Origins.of(allowedOrigins) })
}
