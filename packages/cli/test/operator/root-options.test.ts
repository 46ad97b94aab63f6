import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Command } from 'commander'
import { createProgram } from '../../src/program.ts'
import { cleanEnvironment, fail, initialize, start, succeed } from '../support/vault.ts'

/** Verbs that need no root of trust: they read what is not sealed, or ask a running server. */
const WITHOUT = ['audit query', 'status', 'dev', 'operator recovery check']
/** Verbs that say themselves what opens a root: that of a backup, or of a server. */
const BY_THEMSELVES = /^operator (restore|drill|seal)$/
const OPTIONS = ['--root-file', '--passphrase-file', '--identity', '--share']

test('every verb that opens a data folder takes what helps to open its root', async () => {
  const found: string[] = []
  const visit = (command: Command, path: readonly string[]): void => {
    for (const each of command.commands) visit(each, [...path, each.name()])
    const flags = command.options.map(({ long }) => long)
    if (!flags.includes('--data')) return
    const name = path.join(' ')
    found.push(name)
    // A server gets shares from the people who unseal it.
    const wanted = /^(serve|config .*)$/.test(name) ? OPTIONS.filter((option) => option !== '--share') : OPTIONS
    const has = wanted.every((option) => flags.includes(option))
    assert.equal(has, !needsNone(name), `keyhold ${name}`)
  }
  visit(await createProgram(), [])
  assert.ok(found.length > 20, found.join())
})

test('a root file that was moved opens the folder where it is named', async (t) => {
  const { folder, data, rootFile } = await initialize(t)
  const moved = join(folder, 'moved.root')
  renameSync(rootFile, moved)
  const ls = ['operator', 'region', 'ls', '--data', data]
  await succeed(ls, { ...cleanEnvironment(), KEYHOLD_ROOT_FILE: moved })
  await succeed(['audit', 'verify', '--data', data, '--root-file', moved])
  const whoCan = ['access', 'who-can', 'Decrypt', 'alias/none', '--region', 'eu-central-1', '--data', data]
  await fail([...whoCan, '--root-file', moved], 7, /no key alias\/none/)
  // The file that is there is tried, too, and each says what is wrong with it.
  await fail([...ls, '--root-file', join(folder, 'none')], 7, /none does not exist.*data\.root does not exist/s)
  await start(t, ['serve', '--data', data, '--port', '0', '--root-file', moved, '--require-open'])
})

function needsNone(name: string): boolean {
  return WITHOUT.includes(name) || BY_THEMSELVES.test(name)
}
