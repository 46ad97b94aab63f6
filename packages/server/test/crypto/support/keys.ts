import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { KeySpec as KeySpecName } from '@keyhold/protocol'
import { element, integer, octetString, sequence } from './der.ts'
import { type KeySpec, keySpec } from '../../../src/domain/keys/specs.ts'

/** A key of a spec, made by node:crypto alone. */
export interface TestKey {
  spec: KeySpec
  key: KeyObject
  publicKey: KeyObject
}

const made = new Map<string, TestKey>()
const strangers = new Map<string, TestKey>()

/** One key of each spec for all tests of a file: RSA_4096 takes a second. */
export function testKey(name: KeySpecName): TestKey {
  const known = made.get(name) ?? freshKey(name)
  made.set(name, known)
  return known
}

/** Another key of the same spec, the same one each time. */
export function strangerKey(name: KeySpecName): TestKey {
  const known = strangers.get(name) ?? freshKey(name)
  strangers.set(name, known)
  return known
}

function freshKey(name: KeySpecName): TestKey {
  const spec = keySpec(name)
  if (spec.material.kind === 'secret' || spec.material.kind === 'sm2') throw new TypeError(`${name} has no pairs`)
  const { keyType, generation } = spec.material
  const generate = generateKeyPairSync as unknown as (
    type: string,
    options: object,
  ) => { privateKey: KeyObject; publicKey: KeyObject }
  const { privateKey, publicKey } = generate(keyType, generation)
  return { spec, key: privateKey, publicKey }
}

export function pkcs8(key: KeyObject): Buffer<ArrayBuffer> {
  return Buffer.from(key.export({ format: 'der', type: 'pkcs8' }))
}

export function spki(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' })
}

export function fromPkcs8(der: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' })
}

/** An EC private key in PKCS #8 (RFC 5915 in RFC 5208), with a point in whatever form, or without. */
export function ecPkcs8({ key, publicKey }: TestKey, point?: Uint8Array, scalar = scalarOf(key)): Buffer {
  const bitString = point && element(0x03, Buffer.of(0), point)
  const optional = bitString ? [element(0xa1, bitString)] : []
  const der = spki(publicKey)
  const start = der.indexOf(0x30, 1)
  const algorithm = der.subarray(start, start + 2 + der.readUInt8(start + 1))
  return sequence(integer(0n), algorithm, octetString(sequence(integer(1n), octetString(scalar), ...optional)))
}

function scalarOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
}

/** The form in which an import of this key is stored. */
export function importedForm(testKey: TestKey): Buffer {
  return testKey.spec.material.kind === 'ec' ? ecPkcs8(testKey) : pkcs8(testKey.key)
}
