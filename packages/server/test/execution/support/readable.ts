import type { AccessRequest } from '../../../src/domain/policy/access.ts'
import { readBoolean } from '../../../src/domain/policy/language/conditions/comparators.ts'
import { isArn } from '../../../src/domain/policy/language/patterns/arn-pattern.ts'
import { readAddress } from '../../../src/domain/policy/language/values/address.ts'
import { readDecimal } from '../../../src/domain/policy/language/values/decimal.ts'
import { readInstant } from '../../../src/domain/policy/language/values/instant.ts'
import { type ConditionType, TYPES } from './service-authorization.ts'

const READERS: Readonly<Record<ConditionType, (value: string) => unknown>> = {
  String: () => true,
  ArrayOfString: () => true,
  Bool: readBoolean,
  Numeric: readDecimal,
  Date: readInstant,
  ARN: (value) => isArn(value) || undefined,
  IPAddress: readAddress,
}

/** Dates that AWS's examples compare as numbers too: epoch seconds. */
const NUMBERS_TOO = ['kms:ValidTo', 'aws:EpochTime']

const TYPE_OF = new Map(Object.entries(TYPES).map(([name, type]) => [name.toLowerCase(), type]))

export function isTyped(key: string): boolean {
  return TYPE_OF.has(key.toLowerCase())
}

/** The values of every key of the table that a request has, by the key's name. */
export function suppliedTo({
  conditions,
}: Pick<AccessRequest, 'conditions'>): [key: string, values: readonly string[]][] {
  return Object.keys(TYPES).flatMap((key) => {
    const values = conditions.get(key.toLowerCase())
    return values === undefined ? [] : [[key, values] as [string, readonly string[]]]
  })
}

/** Whether all operators of a key's type can read these values of it. */
export function areReadable(key: string, values: readonly string[]): boolean {
  const type = TYPE_OF.get(key.toLowerCase())
  if (type === undefined) return false
  const readers = [READERS[type], ...(NUMBERS_TOO.includes(key) ? [readDecimal] : [])]
  return values.every((value) => readers.every((read) => read(value) !== undefined))
}
