/** Tests that each member of each declaration has the value that AWS documents, and that a test fails for every other value. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS, type ServiceName, SERVICES } from '@keyhold/protocol'
import type { AnyOperation } from '../../src/execution/define.ts'
import { OPERATIONS } from '../../src/services/registry.ts'
import { EVERY_SESSION } from '../../src/execution/session-fault.ts'
import { GRANTABLE } from '../domain/policy/support/grantable.ts'
import { problemsOf, takenTokens } from './support/declared.ts'

const ALL = (Object.keys(SERVICES) as ServiceName[]).flatMap((service) => [...OPERATIONS.of(service).values()])

test('every declaration has the values that AWS documents', () => {
  for (const operation of ALL) assert.deepEqual(problemsOf(operation), [], `${operation.service}:${operation.name}`)
})

test('the grant operations are those of the model, each once', () => {
  const names = OPERATIONS.grantable.map(({ name }) => name).toSorted()
  assert.deepEqual(names, KMS.enumerations['GrantOperation']?.toSorted())
  const byName = OPERATIONS.grantable.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  assert.deepEqual(byName, GRANTABLE)
})

test('every grantable operation works across accounts, because grants can be for other accounts', () => {
  for (const { name, grantable, crossAccount } of ALL) if (grantable) assert.equal(crossAccount, 'yes', name)
})

/** Other values of each member. */
const OTHERS: Readonly<Record<string, (operation: AnyOperation) => unknown[]>> = {
  crossAccount: () => ['yes', 'no', 'own principals', 'not applicable'],
  rate: () => [
    1,
    5,
    50,
    'cryptographic-symmetric',
    'cryptographic-rsa',
    'by key',
    'by data key pair',
    'iam-read',
    'uncounted',
  ],
  sessions: ({ sessions }) => [
    ...EVERY_SESSION.filter((kind) => !sessions.includes(kind)).map((kind) => [...sessions, kind]),
    ...sessions.map((kind) => sessions.filter((other) => other !== kind)),
  ],
  tracksUse: () => [true, false],
  changesKey: () => [true, false],
  about: () => ['keys', 'grants', 'no key'],
  documents: ({ documents }) => [[], [...documents, 'Description']],
  readOnly: () => [true, false],
  grantTokens: () => [() => [], () => ['another'], ({ GrantToken }: { GrantToken?: string }) => [GrantToken]],
  grantable: ({ keys, grantable }) =>
    Object.keys(keys).length === 0
      ? []
      : [
          false,
          ...(['symmetric', 'asymmetric', 'any'] as const).flatMap((form) =>
            [true, false].map((context) => ({ ...grantable, keys: form, context })),
          ),
          ...(grantable && grantable.alone === undefined ? [{ ...grantable, alone: false }] : []),
          ...(grantable && grantable.alone === false ? [{ keys: grantable.keys, context: grantable.context }] : []),
        ],
}

for (const [member, othersOf] of Object.entries(OTHERS)) {
  test(`a wrong ${member} in the declaration of any operation fails a test`, () => {
    let changed = 0
    for (const operation of ALL) {
      for (const other of othersOf(operation)) {
        const mutant: AnyOperation = { ...operation, [member]: other }
        if (isSame(operation, mutant, member)) continue
        changed += 1
        assert.notDeepEqual(problemsOf(mutant), [], `${operation.service}:${operation.name} ${String(other)}`)
      }
    }
    assert.ok(changed > 50, `${changed}`)
  })
}

function isSame(one: AnyOperation, other: AnyOperation, member: string): boolean {
  const valueOf = (operation: AnyOperation): string => {
    const value = operation[member as keyof AnyOperation]
    return JSON.stringify(typeof value === 'function' ? takenTokens(operation) : value)
  }
  return valueOf(one) === valueOf(other)
}
