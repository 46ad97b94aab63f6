import { type KeySpec, secretBytes } from '../../../domain/keys/specs.ts'
import { fault } from './kinds.ts'

const PEM = /^-----BEGIN ([A-Z ]*PRIVATE KEY)-----\s+([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/

/** The bytes that a seed gives as material: of a secret key, or the DER of a private key. Throws SeedError. */
export function givenBytes(text: string, { spec, path }: { spec: KeySpec; path: string }): Uint8Array {
  if (spec.material.kind === 'secret') return secretOf(text, secretBytes(spec), path)
  return text.includes('-----BEGIN')
    ? derOfPem(text, path)
    : bytesOf(text, 'a private key as PEM, or its DER in base64', path)
}

/** The DER in a PEM of one unencrypted private key. Throws SeedError. */
export function derOfPem(text: string, path: string): Uint8Array {
  const [, label, body = ''] = PEM.exec(text.trim()) ?? []
  if (label === undefined || label.startsWith('ENCRYPTED')) throw fault(path, 'one unencrypted private key as PEM')
  return Buffer.from(body, 'base64')
}

function secretOf(text: string, length: number, path: string): Uint8Array {
  const wanted = `${length} bytes in base64`
  const bytes = bytesOf(text, wanted, path)
  if (bytes.byteLength !== length) throw fault(path, wanted)
  return bytes
}

function bytesOf(text: string, wanted: string, path: string): Uint8Array {
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) throw fault(path, wanted)
  return Buffer.from(text, 'base64')
}
