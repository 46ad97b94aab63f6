import type { KeyObject } from 'node:crypto'
import { publicKeyOfDer } from '../../crypto/asymmetric/raw-key.ts'
import type { MaterialRecord } from '../../domain/keys/record.ts'
import type { Row } from '../../vault/storage/store.ts'

/** What is said of a key's material. The material itself is in the keyring, as far as it is in use. */
export interface MaterialValue {
  record: MaterialRecord
  /** Of a pair: for everybody, so that nothing is unwrapped for what needs no private key. */
  publicKey?: KeyObject
}

/** Reads a row of table `material` that was verified. */
export function readMaterial(row: Row): MaterialValue {
  const record = JSON.parse(row.body) as MaterialRecord
  if (record.publicKey === undefined) return { record }
  return { record, publicKey: publicKeyOfDer(Buffer.from(record.publicKey, 'base64')) }
}
