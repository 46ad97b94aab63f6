import { text, toggle } from '../kinds.ts'
import { list } from '../many.ts'
import type { Table } from '../setting.ts'

/** Who can call, and whose word on a client is taken. The server checks each entry: it knows what an address is. */
export const CALLERS = {
  trustedProxies: {
    path: 'proxies.trusted',
    flag: 'trusted-proxy',
    kind: list(text({ placeholder: 'cidr', words: 'an IP address, a CIDR block or unix', maxLength: 64 })),
    verbs: ['serve', 'dev'],
    otherwise: 'none',
    reload: true,
    about: 'proxies that say who their clients are, in X-Forwarded-For and X-Forwarded-Proto or in Forwarded',
  },
  proxyProtocol: {
    path: 'proxies.protocol',
    flag: 'proxy-protocol',
    kind: toggle(),
    default: false,
    verbs: ['serve', 'dev'],
    reload: false,
    about: 'trusted proxies begin each connection with a PROXY protocol header, version 2',
  },
  allowedOrigins: {
    path: 'web.origins',
    flag: 'allow-origin',
    kind: list(text({ placeholder: 'origin', words: 'an origin such as https://app.example', maxLength: 300 })),
    verbs: ['serve', 'dev'],
    otherwise: 'none',
    reload: true,
    about: 'origins whose web pages can call (CORS)',
  },
  allowedHosts: {
    path: 'dev.hosts',
    flag: 'allow-host',
    kind: list(text({ placeholder: 'name', words: 'a host name', maxLength: 253 })),
    verbs: ['dev'],
    otherwise: 'localhost and IP addresses',
    reload: false,
    about: 'further host names to answer to, such as that of a compose service or host.docker.internal',
  },
} as const satisfies Table
