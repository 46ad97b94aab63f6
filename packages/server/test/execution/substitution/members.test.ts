import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SERVICES, type ServiceName } from '@keyhold/protocol'
import { notYet } from '../../../src/services/kms/not-yet.ts'
import { OPERATIONS } from '../../../src/services/registry.ts'
import { type Kind, REFERENCES, referencesOf, staleNames } from './members.ts'

const REFUSED = new Set(notYet.map(({ name }) => name))
const DECLARED = (Object.keys(SERVICES) as ServiceName[]).flatMap((service) =>
  [...OPERATIONS.of(service).keys()].filter((name) => !REFUSED.has(name)).map((name) => [service, name] as const),
)

test('of every member of every request it is written down what it refers to', () => {
  for (const [service, name] of DECLARED) referencesOf(service, name)
})

test('nothing is written down of members that no operation has', () => {
  assert.deepEqual(staleNames(DECLARED), [])
})

test('every kind of reference is what some operation takes', () => {
  const taken = DECLARED.flatMap(([service, name]) => referencesOf(service, name).map(({ kind }) => kind))
  assert.deepEqual([...new Set(taken)].toSorted(), (Object.keys(REFERENCES) as Kind[]).toSorted())
})

test('a member that is in no list fails the test', () => {
  assert.throws(() => referencesOf('kms', 'CreateCustomKeyStore'), /say in members.ts what it refers to/)
})
