import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repositoryFiles } from '../files.ts'
import { crossPackageImports, LAYERS, layerViolations, PURE, RESERVED } from '../layers.ts'
import { importsOf, readModules } from '../modules.ts'
import type { Modules } from '../modules.ts'

const SERVER = 'packages/server/src'

function modules(files: Record<string, string>): Modules {
  return new Map(Object.entries(files).map(([file, text]) => [file, importsOf(file, text)]))
}

const FORBIDDEN: Record<string, { files: Record<string, string>; says: RegExp }> = {
  'a lower layer imported from a higher one': {
    files: {
      [`${SERVER}/domain/keys/a.ts`]: `import type { B } from '../../host/http/b.ts'`,
      [`${SERVER}/host/http/b.ts`]: '',
    },
    says: /domain\/keys may not import from host\/http/,
  },
  'a lower layer re-exported from a higher one': {
    files: { [`${SERVER}/audit/a.ts`]: `export { b } from '../jobs/b.ts'`, [`${SERVER}/jobs/b.ts`]: '' },
    says: /audit may not import from jobs/,
  },
  'a lower layer loaded dynamically': {
    files: { [`${SERVER}/audit/a.ts`]: `await import('../jobs/b.ts')`, [`${SERVER}/jobs/b.ts`]: '' },
    says: /audit may not import from jobs/,
  },
  'the wiring from a layer': {
    files: { [`${SERVER}/host/http/a.ts`]: `import { c } from '../../config.ts'`, [`${SERVER}/config.ts`]: '' },
    says: /host\/http may not import from config\.ts/,
  },
  'a folder of a layer from one that comes after it': {
    files: {
      [`${SERVER}/vault/root/a.ts`]: `import '../records/b.ts'`,
      [`${SERVER}/vault/records/b.ts`]: '',
    },
    says: /vault\/root may not import from vault\/records/,
  },
  'one service from another': {
    files: {
      [`${SERVER}/services/iam/a.ts`]: `import '../kms/b.ts'`,
      [`${SERVER}/services/kms/b.ts`]: '',
    },
    says: /services\/iam and services\/kms know nothing of each other/,
  },
  'a folder that is no layer': {
    files: { [`${SERVER}/utilities/a.ts`]: `import './b.ts'`, [`${SERVER}/utilities/b.ts`]: '' },
    says: /utilities is not a layer of its package/,
  },
  'a lower layer of the client from a higher one': {
    files: {
      'packages/client/src/message/a.ts': `import '../keyrings/b.ts'`,
      'packages/client/src/keyrings/b.ts': '',
    },
    says: /message may not import from keyrings/,
  },
  'what all verbs share from one of them': {
    files: { 'packages/cli/src/shared/a.ts': `import '../keys/b.ts'`, 'packages/cli/src/keys/b.ts': '' },
    says: /shared may not import from keys/,
  },
  'a row outside the vault, if only its type': {
    files: {
      [`${SERVER}/services/kms/a.ts`]: `import type { Row } from '../../vault/storage/store.ts'`,
      [`${SERVER}/vault/storage/store.ts`]: '',
    },
    says: /only vault\/ and host\/assembly\/\w+\.ts may import this file of vault\/storage\//,
  },
  'the store, where a data folder is opened but for one file': {
    files: {
      [`${SERVER}/host/assembly/a.ts`]: `import type { Store } from '../../vault/storage/store.ts'`,
      [`${SERVER}/vault/storage/store.ts`]: '',
    },
    says: /only vault\/ and host\/assembly\/\w+\.ts may import this file of vault\/storage\//,
  },
  'what checks the MAC of a row outside the vault': {
    files: {
      [`${SERVER}/audit/a.ts`]: `import type { Hierarchy } from '../vault/hierarchy/hierarchy.ts'`,
      [`${SERVER}/vault/hierarchy/hierarchy.ts`]: '',
    },
    says: /may import this file of vault\/hierarchy\//,
  },
  'what makes a record authentic outside the vault': {
    files: {
      [`${SERVER}/jobs/a.ts`]: `import { authenticated } from '../vault/records/authentic.ts'`,
      [`${SERVER}/vault/records/authentic.ts`]: '',
    },
    says: /outside vault\/, for types only/,
  },
  'the server from the client': {
    files: { 'packages/client/src/a.ts': `import '@keyhold/server'` },
    says: /client may not depend on server/,
  },
  'the client from the server': {
    files: { [`${SERVER}/host/http/a.ts`]: `import type { Header } from '@keyhold/client'` },
    says: /server may not depend on client/,
  },
  'another package by its path': {
    files: { 'packages/cli/src/a.ts': `import '../../client/src/b.ts'`, 'packages/client/src/b.ts': '' },
    says: /leaves the sources/,
  },
  'a test from the sources': {
    files: { 'packages/cli/src/a.ts': `import '../test/b.ts'`, 'packages/cli/test/b.ts': '' },
    says: /leaves the sources/,
  },
  'node:crypto outside its folders': {
    files: { [`${SERVER}/identity/authentication/a.ts`]: `import { createHmac } from 'node:crypto'` },
    says: /only packages\/server\/src\/crypto\//,
  },
  'a way out of the server beside its guard': {
    files: { [`${SERVER}/identity/authentication/a.ts`]: `import { request } from 'node:https'` },
    says: /only packages\/server\/src\/platform\/outbound\//,
  },
  'anything of the server in the guard of outbound calls': {
    files: {
      [`${SERVER}/platform/outbound/a.ts`]: `import '../../domain/keys/b.ts'`,
      [`${SERVER}/domain/keys/b.ts`]: '',
    },
    says: /platform\/outbound may not import from domain\/keys/,
  },
  'anything of Node in a pure folder': {
    files: { [`${SERVER}/domain/policy/a.ts`]: `import { readFileSync } from 'node:fs'` },
    says: /is folder is pure/,
  },
  'anything of Node in what browsers run': {
    files: { 'packages/client/src/envelope/a.ts': `import { readFileSync } from 'node:fs'` },
    says: /is folder is pure/,
  },
  'a module that does not exist': {
    files: { [`${SERVER}/domain/keys/a.ts`]: `import './gone.ts'` },
    says: /no such module/,
  },
  'a circle': {
    files: {
      [`${SERVER}/domain/keys/a.ts`]: `import './b.ts'`,
      [`${SERVER}/domain/keys/b.ts`]: `import type { A } from './a.ts'`,
    },
    says: /circular imports: .*a\.ts → .*b\.ts → .*a\.ts/,
  },
}

for (const [what, { files, says }] of Object.entries(FORBIDDEN)) {
  test(`the layer check refuses ${what}`, () => {
    const [violation, ...others] = layerViolations(modules(files))
    assert.match(violation ?? 'nothing found', says)
    assert.deepEqual(others, [])
  })
}

test('every folder that a rule names is there: a rule about a folder that moved sees nothing', () => {
  const named = [
    ...Object.entries(LAYERS).flatMap(([name, layers]) => layers.map((layer) => `packages/${name}/src/${layer}/`)),
    ...Object.values(RESERVED).flat(),
    ...PURE,
  ]
  const files = repositoryFiles()
  const gone = named.filter((place) => !files.some((file) => file.startsWith(place)))
  assert.deepEqual(gone, [])
})

test('the layer check accepts what the architecture allows', () => {
  const allowed = modules({
    [`${SERVER}/host/http/a.ts`]: `import { b } from '../../domain/keys/b.ts'\nimport { Secret } from '@keyhold/protocol'`,
    [`${SERVER}/domain/keys/b.ts`]: `import type { KeyObject } from 'node:crypto'`,
    [`${SERVER}/crypto/c.ts`]: `import { hkdf } from 'node:crypto'`,
    'packages/cli/src/d.ts': `await import('@keyhold/server')`,
    [`${SERVER}/jobs/e.ts`]: `import type { Authentic } from '../vault/records/authentic.ts'\nimport '../vault/storage/page.ts'`,
    [`${SERVER}/vault/records/authentic.ts`]: `import type { Row } from '../storage/store.ts'`,
    [`${SERVER}/vault/storage/store.ts`]: '',
    [`${SERVER}/vault/storage/page.ts`]: '',
  })
  assert.deepEqual(layerViolations(allowed), [])
})

test('the layer check sees the imports of this repository', async () => {
  const found = await readModules(repositoryFiles().filter((file) => /^packages\/.*\.ts$/.test(file)))
  assert.ok(found.has(`${SERVER}/vault/storage/store.ts`))
  assert.ok(crossPackageImports(found) > 0)
})
