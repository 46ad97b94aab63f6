import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, describe, test } from 'node:test'
import { readConfigurationFile } from '../../src/configuration/file.ts'
import { SETTINGS } from '../../src/configuration/settings.ts'
import { temporaryFolder } from '../support/vault.ts'

async function faultsOf(t: TestContext, yaml: string | Uint8Array): Promise<string[]> {
  const file = join(temporaryFolder(t), 'keyhold.yaml')
  writeFileSync(file, yaml)
  const { faults } = await readConfigurationFile(file, SETTINGS)
  return faults.map(({ where, message }) => `${where}: ${message}`.replace(file, 'FILE'))
}

/** Nested so deeply that a walk over it must not recurse as often. */
const deep = (open: string, close: string, levels: number): string => open.repeat(levels) + close.repeat(levels)

/** Nine lists, each with nine times the one before: 9^9 values, if they were all made. */
const BOMB = [
  'a: &a [x, x]',
  ...'bcdefghi'.split('').map((name, at) => `${name}: &${name} [${`*${'abcdefghi'[at]!},`.repeat(9)}]`),
].join('\n')

const WRONG: readonly (readonly [what: string, yaml: string, faults: readonly RegExp[]])[] = [
  ['an unknown member', 'prot: 1', [/^FILE:1: prot: "prot" is not known here\. Known are data, root, port, /]],
  [
    'an unknown member below a known one',
    'rates:\n  enforced: true\n  worker: 3',
    [/^FILE:3: rates\.worker: "worker" is not known here\. Known are enforced, workers\.$/],
  ],
  ['a member below a value', 'port: { number: 1 }', []],
  ['a value where members are', 'rates: on', [/^FILE:1: rates: Expected a mapping with enforced, workers\.$/]],
  ['a list where members are', 'rates: [1]', [/^FILE:1: rates: Expected a mapping/]],
  ['members that are missing', 'rates:\n', [/^FILE:1: rates: Expected a mapping/]],
  ['a document that is no mapping', '- port', [/^FILE:1: Expected a mapping with data, root, port/]],
  ['several faults', 'prot: 1\ndatta: x\n', [/^FILE:1: prot/, /^FILE:2: datta/]],
  ['a duplicate', 'port: 1\nport: 2', [/^FILE:2: The name is there twice/]],
  ['a duplicate below', 'rates:\n  workers: 1\n  workers: 2', [/^FILE:3: The name is there twice/]],
  ['a path with dots', 'rates.workers: 3', [/^FILE:1: rates\.workers: "rates\.workers" is not known here/]],
  [
    'a name of every object',
    'constructor: 1\n__proto__: { workers: 1 }',
    [/constructor" is not known/, /__proto__" is not known/],
  ],
  ['a name that is no text', '1: x', [/^FILE:1: The name of a member must be a text/]],
  ['an alias', 'port: &a 1\nrates: { workers: *a }', [/^FILE:2: rates\.workers: Aliases of YAML are not supported/]],
  ['an alias of nothing', 'port: *a', [/^FILE:1: port: Aliases of YAML are not supported/]],
  ['a merge', 'rates: &a { workers: 1 }\ndev:\n  <<: *a', [/^FILE:3: dev\.<<: "<<" is not known here/]],
  ['an unknown tag', 'port: !port 1', [/^FILE:1: Tags of YAML are not supported/]],
  ['a known tag', 'data: a\nport: !!int 1', [/^FILE:2: Tags of YAML are not supported/]],
  ['a tag within', 'listen:\n  - !!str a:1', [/^FILE:2: Tags of YAML are not supported/]],
  ['another version of YAML', '%YAML 1.1\n---\nport: 010', [/^FILE:1: A configuration is YAML 1\.2/]],
  ['two documents', 'port: 1\n---\nport: 2', [/^FILE:2: A configuration is one document/]],
  ['a tab', 'rates:\n\tworkers: 1', [/^FILE:2: Tabs cannot indent YAML/]],
  ['a quote without its end', 'data: "x', [/^FILE:1: Something is missing/]],
  ['a bracket without its end', 'data: [x', [/^FILE:1: The indentation is wrong, or a bracket is not closed/]],
  ['deep lists', `data: ${deep('[', ']', 40)}`, [/^FILE:1: data: It is nested too deeply/]],
  ['very deep lists', `data: ${deep('[', ']', 30_000)}`, [/^FILE:1: It is nested too deeply\.$/]],
  ['very deep mappings', `data: ${deep('{a: ', '}', 10_000)}`, [/^FILE:1: It is nested too deeply\.$/]],
]

describe('a configuration file with', () => {
  for (const [what, yaml, expected] of WRONG) {
    test(what, async (t) => {
      const faults = await faultsOf(t, yaml)
      assert.equal(faults.length, expected.length, faults.join('\n'))
      for (const [at, pattern] of expected.entries()) assert.match(faults[at]!, pattern)
    })
  }

  test('aliases of aliases is refused before anything is made of them', async (t) => {
    const faults = await faultsOf(t, BOMB)
    assert.ok(faults.length >= 9)
    const [fault = ''] = await faultsOf(t, `data: [${BOMB.split('\n')[0]!.slice(3)}, *a]`)
    assert.match(fault, /Aliases of YAML are not supported/)
  })

  test('nothing, comments and a byte-order mark says nothing', async (t) => {
    for (const yaml of ['', '# only\n', '---\n', '{}', '\uFEFFport: 1\n']) assert.deepEqual(await faultsOf(t, yaml), [])
  })
})

test('a configuration file that others can write, that is none, too long or no text is refused', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'keyhold.yaml')
  const read = (): Promise<unknown> => readConfigurationFile(file, SETTINGS)
  await assert.rejects(read(), { code: 'ENOENT' })
  writeFileSync(file, 'port: 1')
  for (const mode of [0o620, 0o602, 0o666, 0o777]) {
    chmodSync(file, mode)
    await assert.rejects(read(), { name: 'FileError', message: /Other users can write .*chmod go-w/ })
  }
  for (const mode of [0o644, 0o600, 0o444]) {
    chmodSync(file, mode)
    await read()
  }
  chmodSync(file, 0o600)
  writeFileSync(file, '#'.repeat(64 * 1024 + 1))
  await assert.rejects(read(), { name: 'FileError', message: /is longer than 65536 bytes/ })
  writeFileSync(file, Uint8Array.of(0x70, 0xff))
  await assert.rejects(read(), { name: 'UsageError', message: /not text in UTF-8/ })
  await assert.rejects(readConfigurationFile(folder, SETTINGS), { name: 'FileError', message: /is not a regular file/ })
})

test('a pipe is refused, and not waited for', { skip: process.platform === 'win32' }, async (t) => {
  const pipe = join(temporaryFolder(t), 'pipe')
  execFileSync('mkfifo', [pipe])
  await assert.rejects(readConfigurationFile(pipe, SETTINGS), { name: 'FileError', message: /is not a regular file/ })
})
