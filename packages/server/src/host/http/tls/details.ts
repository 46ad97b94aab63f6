import type { TLSSocket } from 'node:tls'
import type { TlsDetails } from '../../../identity/authentication/raw-request.ts'

/** Names in the IANA registry "TLS Supported Groups". */
const GROUPS: Readonly<Record<number, string>> = {
  0x17: 'secp256r1',
  0x18: 'secp384r1',
  0x19: 'secp521r1',
  0x1d: 'x25519',
  0x1e: 'x448',
  0x11eb: 'SecP256r1MLKEM768',
  0x11ec: 'X25519MLKEM768',
  0x11ed: 'SecP384r1MLKEM1024',
}

/** What a handshake agreed on. The cipher suite has OpenSSL's name, as in CloudTrail's events. */
export function tlsDetailsOf(stream: TLSSocket): TlsDetails {
  const keyExchange = groupOf(stream)
  return {
    version: stream.getProtocol() ?? 'unknown',
    cipherSuite: stream.getCipher().name,
    ...(keyExchange !== undefined && { keyExchange }),
  }
}

/**
 * The group of the key exchange. node:tls tells it to clients only; it is in the session, as OpenSSL encodes it
 * (SSL_SESSION_ASN1 in ssl_asn1.c): a SEQUENCE whose member [19] is the number of the group.
 */
function groupOf(stream: TLSSocket): string | undefined {
  const session = stream.getSession()
  if (session === undefined) return undefined
  const group = numberOfGroup(session)
  session.fill(0) // it contains the secrets of the session
  return group === undefined ? undefined : (GROUPS[group] ?? `0x${group.toString(16)}`)
}

const KEX_GROUP = 0xb3

/** The value of `[19] INTEGER`, or nothing if the session has another form than is known. */
export function numberOfGroup(session: Buffer): number | undefined {
  const [whole] = elementsOf(session)
  const tagged = whole && elementsOf(whole.content).find(({ tag }) => tag === KEX_GROUP)
  const [integer] = tagged ? elementsOf(tagged.content) : []
  const bytes = integer?.content
  return bytes && bytes.byteLength > 0 && bytes.byteLength <= 4 ? bytes.readUIntBE(0, bytes.byteLength) : undefined
}

interface Element {
  tag: number
  content: Buffer
}

/** The elements of DER (X.690, section 8.1) that follow one another, up to the first that is not whole. */
function elementsOf(der: Buffer): Element[] {
  const elements: Element[] = []
  for (let at = 0; at + 2 <= der.byteLength;) {
    const [tag = 0, first = 0] = der.subarray(at, at + 2)
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f
    const start = at + 2 + lengthBytes
    if (lengthBytes > 3 || start > der.byteLength) break
    const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes)
    if (start + length > der.byteLength) break
    elements.push({ tag, content: der.subarray(start, start + length) })
    at = start + length
  }
  return elements
}
