import { address, path, toggle } from '../kinds.ts'
import { list } from '../many.ts'
import type { Table } from '../setting.ts'

/** A comma, but for the one in `unix:PATH,mode=0660`. */
const BEFORE_ADDRESS = /,(?!mode=)/

/** Where the service listens, and its certificates. */
export const NETWORK = {
  listen: {
    path: 'listen',
    flag: 'listen',
    kind: list(address(), BEFORE_ADDRESS),
    otherwise: 'the port alone',
    verbs: ['serve', 'dev'],
    reload: false,
    about: 'address to listen on: HOST:PORT, or unix:PATH; can be repeated',
  },
  insecureHttp: {
    path: 'insecureHttp',
    flag: 'insecure-http',
    kind: toggle(),
    default: false,
    verbs: ['serve'],
    reload: false,
    about: 'answer plain HTTP on addresses that other machines reach, where everyone on the way can read it',
  },
  tlsCertificates: {
    path: 'tls.certificates',
    flag: 'tls-cert',
    kind: list(path('file')),
    otherwise: 'plain HTTP',
    verbs: ['serve', 'dev'],
    reload: true,
    about: 'PEM file of a certificate and its chain, or PKCS#12; can be repeated for more server names',
  },
  tlsKeys: {
    path: 'tls.keys',
    flag: 'tls-key',
    kind: list(path('file')),
    otherwise: 'in the file of the certificate',
    verbs: ['serve', 'dev'],
    reload: true,
    about: 'PEM file of the private key of a certificate',
  },
  tlsPassphrase: {
    path: 'tls.passphrase',
    flag: 'tls-passphrase',
    secret: true,
    verbs: ['serve', 'dev'],
    reload: true,
    about: 'the passphrase of encrypted private keys',
  },
  tlsClientAuthorities: {
    path: 'tls.clientAuthorities',
    flag: 'tls-client-ca',
    kind: path('file'),
    otherwise: 'clients need no certificate',
    verbs: ['serve', 'dev'],
    reload: true,
    about: 'PEM file of authorities; every client must have a certificate of one of them',
  },
} as const satisfies Table
