/**
 * Every function, class and method that the package exports is called with each of its arguments and options wrong in turn.
 * The table is held against the exports: a new one without a row fails.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from '../../src/index.ts'
import { ENVELOPE_ROWS } from './envelope-rows.ts'
import { KEYRING_ROWS } from './keyring-rows.ts'
import { ANYTHING_ELSE } from './values.ts'
import type { Row } from './values.ts'

const TABLE: Readonly<Record<string, Row | 'asks for nothing'>> = { ...ENVELOPE_ROWS, ...KEYRING_ROWS }

/** Names of what may be called, with the methods of classes. Errors and secrets are made of anything. */
function callables(): string[] {
  const known: readonly unknown[] = [client.EnvelopeError, client.KmsError, client.Secret, client.isKeyArn]
  return Object.entries(client).flatMap(([name, exported]) => {
    if (typeof exported !== 'function' || known.includes(exported)) return []
    return [name, ...methodsOf(exported.prototype as object | undefined).map((method) => `${name}.${method}`)]
  })
}

const PROTECTED = ['constructor', 'callOther', 'startEncryptor', 'startDecryptor']

function methodsOf(prototype: object | null | undefined): string[] {
  if (prototype === undefined || prototype === null || prototype === Object.prototype) return []
  const own = Object.getOwnPropertyNames(prototype).filter((name) => !PROTECTED.includes(name))
  return [...own, ...methodsOf(Object.getPrototypeOf(prototype) as object | null)]
}

test('every export has a row', () => {
  assert.deepEqual(Object.keys(TABLE).toSorted(), callables().toSorted())
})

async function outcome({ call }: Row, args: readonly unknown[]): Promise<unknown> {
  try {
    return await call(...(args as never[]))
  } catch (error) {
    return error
  }
}

const isRefusal = (result: unknown): boolean =>
  result instanceof client.EnvelopeError && ['INVALID_ARGUMENT', 'INVALID_CONTEXT'].includes(result.code)

for (const [name, one] of Object.entries(TABLE)) {
  if (one === 'asks for nothing') continue
  test(`${name} refuses each argument and option that is wrong`, async () => {
    const valid = one.args.map((argument) => argument.valid)
    const accepted = await outcome(one, valid)
    assert.ok(!isRefusal(accepted), `valid arguments: ${String(accepted)}`)
    for (const [index, { wrong }] of one.args.entries()) {
      for (const each of wrong) {
        const result = await outcome(one, valid.with(index, each))
        const shown = `argument ${index}: ${JSON.stringify(each, (_, part: unknown) => (typeof part === 'object' || part === undefined ? part : String(part)))}`
        assert.ok(isRefusal(result), `${shown}: ${String(result)}`)
      }
    }
  })
}

test('isKeyArn says no to whatever is not one, and a Secret is made of bytes alone', () => {
  for (const each of ANYTHING_ELSE) assert.equal(client.isKeyArn(each as never), false)
  for (const each of [null, undefined, 7, 'text', [1]]) assert.throws(() => client.Secret.of(each as never), TypeError)
})
