import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Secret } from '@keyhold/protocol'
import type { Directory } from '../../../src/identity/directory/directory.ts'
import { sealMaterial } from '../../../src/vault/hierarchy/material.ts'
import type { Sealing } from '../../../src/vault/hierarchy/sealing.ts'

/** The parts of a row's name could be swapped if they were parameters. The compiler refuses each line. */
const REFUSED = (directory: Directory, hierarchy: Sealing, secret: Secret, text: string): unknown[] => [
  // @ts-expect-error: a key by Region and id
  directory.key(text, text),
  // @ts-expect-error: its policy
  directory.keyPolicy(text, text),
  // @ts-expect-error: its grants
  directory.grants(text, text, text),
  // @ts-expect-error: an entity by account, kind and name
  directory.entityName(text, 'user', text),
  // @ts-expect-error: a provider by account and issuer
  directory.oidcProvider(text, text),
  // @ts-expect-error: the material of a key
  sealMaterial(hierarchy, text, text, text, secret),
]

test('the list of calls that could swap the parts of a name is compiled', () => {
  assert.equal(typeof REFUSED, 'function')
})
