import { createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'
import { Failure } from './failure.ts'

/** A suite of the AWS Encryption SDK (docs/spec/message.md). */
export interface Suite {
  id: number
  keyBytes: number
  /** Of the KDF; the data key itself encrypts where there is none. */
  hash?: 'sha256' | 'sha384' | 'sha512'
  commits: boolean
  signature?: { hash: 'sha256' | 'sha384'; curve: Curve }
}

/** A curve's object identifier in DER, and the bytes of a compressed point. */
interface Curve {
  oid: string
  pointBytes: number
}

const P256: Curve = { oid: '06082a8648ce3d030107', pointBytes: 33 }
const P384: Curve = { oid: '06052b81040022', pointBytes: 49 }
const EC_PUBLIC_KEY = '06072a8648ce3d0201'

const SUITES: readonly Suite[] = [
  { id: 0x0578, keyBytes: 32, hash: 'sha512', commits: true, signature: { hash: 'sha384', curve: P384 } },
  { id: 0x0478, keyBytes: 32, hash: 'sha512', commits: true },
  { id: 0x0378, keyBytes: 32, hash: 'sha384', commits: false, signature: { hash: 'sha384', curve: P384 } },
  { id: 0x0346, keyBytes: 24, hash: 'sha384', commits: false, signature: { hash: 'sha384', curve: P384 } },
  { id: 0x0214, keyBytes: 16, hash: 'sha256', commits: false, signature: { hash: 'sha256', curve: P256 } },
  { id: 0x0178, keyBytes: 32, hash: 'sha256', commits: false },
  { id: 0x0146, keyBytes: 24, hash: 'sha256', commits: false },
  { id: 0x0114, keyBytes: 16, hash: 'sha256', commits: false },
  { id: 0x0078, keyBytes: 32, commits: false },
  { id: 0x0046, keyBytes: 24, commits: false },
  { id: 0x0014, keyBytes: 16, commits: false },
]

/** Throws {@link Failure} for a suite that is not known, or is not of this version. */
export function suiteOf(id: number, version: number): Suite {
  const suite = SUITES.find((one) => one.id === id && one.commits === (version === 2))
  if (suite === undefined) throw new Failure(`The message has the suite 0x${id.toString(16)}, which is not known here.`)
  return suite
}

/** The key that encrypts header and frames, and what the header must commit to. */
export function keysOf(suite: Suite, dataKey: Buffer, messageId: Buffer): { key: Buffer; commitment?: Buffer } {
  const { hash, keyBytes } = suite
  if (hash === undefined) return { key: dataKey }
  const id = Buffer.alloc(2)
  id.writeUInt16BE(suite.id)
  const derive = (salt: Uint8Array, info: Uint8Array, bytes: number): Buffer =>
    Buffer.from(hkdfSync(hash, dataKey, salt, info, bytes))
  if (!suite.commits) return { key: derive(Buffer.alloc(0), Buffer.concat([id, messageId]), keyBytes) }
  return {
    key: derive(messageId, Buffer.concat([id, Buffer.from('DERIVEKEY')]), keyBytes),
    commitment: derive(messageId, Buffer.from('COMMITKEY'), 32),
  }
}

/** The key that a message's signature verifies under: a compressed point in base64 (SEC 1), as SubjectPublicKeyInfo. */
export function signingKey({ oid, pointBytes }: Curve, base64: string): KeyObject {
  const point = Buffer.from(base64, 'base64')
  if (point.byteLength !== pointBytes) throw new Failure('The public key of the message has another length.')
  const algorithm = der(0x30, Buffer.from(EC_PUBLIC_KEY + oid, 'hex'))
  const bits = der(0x03, Buffer.concat([Uint8Array.of(0), point]))
  return createPublicKey({ key: der(0x30, Buffer.concat([algorithm, bits])), format: 'der', type: 'spki' })
}

/** One value in DER, of fewer than 128 bytes. */
function der(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Uint8Array.of(tag, content.byteLength), content])
}
