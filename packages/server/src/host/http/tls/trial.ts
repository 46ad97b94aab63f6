import type { X509Certificate } from 'node:crypto'
import { duplexPair } from 'node:stream'
import { connect, createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls'
import { OFFERED } from './policy.ts'

/**
 * Makes a handshake within this process, and returns the certificate that a client gets. It finds what no look at the files
 * does: a key of another certificate, and what OpenSSL refuses as too weak. Throws OpenSSL's error.
 */
export async function handshakeWith(material: SecureContextOptions): Promise<X509Certificate> {
  const secureContext = createSecureContext({ ...OFFERED, ...material })
  const [near, far] = duplexPair()
  const server = new TLSSocket(near, { isServer: true, secureContext })
  // Nothing is verified: what is asked for is what anyone is given.
  const client = connect({ socket: far, rejectUnauthorized: false })
  try {
    return await new Promise<X509Certificate>((resolve, reject) => {
      server.once('error', reject)
      client.once('error', reject).once('secureConnect', () => {
        const certificate = client.getPeerX509Certificate()
        if (certificate === undefined) reject(new Error('no certificate was presented'))
        else resolve(certificate)
      })
    })
  } finally {
    for (const socket of [client, server]) socket.on('error', () => undefined).destroy()
  }
}
