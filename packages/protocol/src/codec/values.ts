/** What an encoder takes as a value of each wire type. Anything else is a bug, never bad input. */
import { Secret } from '../secret.ts'

export function asString(value: unknown): string {
  return typeof value === 'string' ? value : mismatch('a string')
}

export function asInteger(value: unknown): number {
  return Number.isSafeInteger(value) ? (value as number) : mismatch('an integer')
}

export function asBoolean(value: unknown): boolean {
  return typeof value === 'boolean' ? value : mismatch('a boolean')
}

export function asBytes(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : mismatch('bytes')
}

/** The time in milliseconds since the epoch. */
export function asTimeMs(value: unknown): number {
  const timeMs = value instanceof Date ? value.getTime() : Number.NaN
  return Number.isNaN(timeMs) ? mismatch('a valid Date') : timeMs
}

/** The bytes of a secret, not a copy. */
export function asSecretBytes(value: unknown): Uint8Array {
  return value instanceof Secret ? value.reveal() : mismatch('a Secret')
}

export function asStructure(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : mismatch('a structure')
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : mismatch('a list')
}

/** Own enumerable members only: nothing that a prototype adds becomes part of a map. */
export function asMapEntries(value: unknown): [string, unknown][] {
  return Object.entries(isObject(value) ? value : mismatch('a map'))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Never names the value: it may be the secret that was not wrapped. */
function mismatch(expected: string): never {
  throw new TypeError(`The model expects ${expected} here`)
}
