import { KeyObject } from 'node:crypto'
import { aText, either, invalid, withMethods } from '../base/arguments.ts'
import type { Check } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'

/** What is no UTF-8 is a text nevertheless, as `pathOf` makes it. */
export const aPath: Check = (value, name) => {
  aText(value, name)
  if (value === '') throw new EnvelopeError('INVALID_ARGUMENT', `${name} is empty.`)
  if (value.includes('\0')) throw new EnvelopeError('INVALID_ARGUMENT', `${name} holds a NUL, which no path can.`)
}

/** A key in PEM, or as node:crypto has it. What is wrong with one is said when it is read. */
export const aKeyInput: Check = either('a key in PEM or a KeyObject', aText, (value, name) => {
  if (!(value instanceof KeyObject)) throw invalid(name, 'a KeyObject', value)
})

const aSource = either(
  'a path, an open file or an async iterable of Uint8Array',
  aPath,
  withMethods('an open file', 'read', 'stat'),
  (value, name) => {
    if (typeof value !== 'object' || value === null || !(Symbol.asyncIterator in value)) throw invalid(name, '', value)
  },
)
/** A Buffer has a method of that name, which does something else. */
const aTarget = either('a path or something with a method "write"', aPath, (value, name) => {
  if (ArrayBuffer.isView(value)) throw invalid(name, 'a sink', value)
  withMethods('a sink', 'write')(value, name)
})

/** @throws EnvelopeError INVALID_ARGUMENT for what cannot be read from or written to. */
export function requireEnds(what: string, source: unknown, target: unknown): void {
  aSource(source, `${what}: the source`)
  aTarget(target, `${what}: the target`)
}
