import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject, OperationName } from '@keyhold/protocol'
import type { Indirect } from './left-messages.ts'

/** The region of everything in vectors/data, and that of the replicas. */
export const REGION = 'eu-central-1'
export const OTHER_REGION = 'us-west-2'

/** `expected.json` of a folder in vectors/data: what later builds must find and open. Bytes are base64. */
export interface LeftFolder {
  keys: { keyId: string; state: string }[]
  ciphertexts: { context: Record<string, string>; plaintext: string; ciphertext: string }[]
  messages: { context: Record<string, string>; plaintext: string; message: string }[]
  /** Users beside the administrator. Those who left the first folders knew none. */
  users?: LeftUser[]
  /** What keys of every kind made. Those who left the first folders knew one kind. */
  requests?: LeftRequest[]
  /** Request rates that an operator changed. */
  rates?: { group: string; changed: number }[]
  /** A key file, a branch key store and messages by way of them. Those who left the first folders knew none. */
  indirect?: Indirect
}

/** A request and what its answer must hold, both as they are on the wire. */
export interface LeftRequest {
  region: string
  operation: OperationName
  input: JsonObject
  answer: JsonObject
}

/** A user who may only decrypt by a policy and generate data keys by a grant. */
export interface LeftUser {
  accessKeyId: string
  secretAccessKey: string
}

/** Takes a copy of a folder in vectors/data from others, as git keeps no such permissions. */
export async function makePrivate(copy: string): Promise<void> {
  await chmod(join(copy, 'data.root'), 0o600)
  for (const name of ['data', 'data/keyhold.json', 'data/keyhold.db', 'data/audit']) {
    await chmod(join(copy, name), 0o700)
  }
}
