import { EnvelopeError } from '../base/error.ts'
import type { EncryptionContext } from '../message/context.ts'

/**
 * An item of a branch key store, with the attributes that the specification gives it ("Branch key store", record
 * format): so one could be moved to a DynamoDB table and back.
 */
export interface BranchKeyRecord {
  readonly 'branch-key-id': string
  /** `branch:ACTIVE`, `branch:version:UUID` or `beacon:ACTIVE`. */
  readonly type: string
  /** Of the active record: `branch:version:UUID`. */
  readonly version?: string
  /** The key, sealed by KMS with all other attributes as its context. */
  readonly enc: Uint8Array
  readonly 'kms-arn': string
  /** ISO 8601 in UTC, with microseconds. */
  readonly 'create-time': string
  readonly 'hierarchy-version': string
  /** The caller's own context, each name behind the prefix `aws-crypto-ec:`. */
  readonly [custom: `aws-crypto-ec:${string}`]: string
}

export const ACTIVE = 'branch:ACTIVE'
export const BEACON = 'beacon:ACTIVE'
export const VERSION_PREFIX = 'branch:version:'
export const CUSTOM_PREFIX = 'aws-crypto-ec:'
export const HIERARCHY_VERSION = '1'

/** What KMS authenticates with a record: every attribute but the sealed key, and the name of the store. */
export function contextOf({ enc: _sealed, ...attributes }: BranchKeyRecord, storeName: string): EncryptionContext {
  return { ...attributes, tablename: storeName }
}

/** The UUID of the version that a record holds. */
export function versionOf({ type, version }: BranchKeyRecord): string {
  const text = type === ACTIVE ? version : type
  const uuid = text?.startsWith(VERSION_PREFIX) === true ? text.slice(VERSION_PREFIX.length) : ''
  if (UUID.test(uuid)) return uuid
  throw new EnvelopeError('INVALID_DATA_KEY', 'The branch key record does not say which version it is.')
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A UUID's sixteen bytes, as they stand in a message. */
export function uuidBytes(uuid: string): Uint8Array {
  return Uint8Array.from(uuid.replaceAll('-', '').match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}

export function uuidText(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
