import { TrustedProxies } from '../http/peer/trusted-proxies.ts'
import type { ServerOptions } from './config.ts'

/** What is configured of the network: where a server answers, and which proxies it believes. */
export interface Network {
  port: number
  trustedProxies: TrustedProxies
}

/** Checks what is configured of the network, before a data folder is opened. Throws a TrustedProxyError. */
export function networkOf({ port, trustedProxies = [] }: ServerOptions): Network {
  return { port, trustedProxies: TrustedProxies.of(trustedProxies) }
}
