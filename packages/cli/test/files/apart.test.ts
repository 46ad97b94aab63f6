import assert from 'node:assert/strict'
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { requireApart } from '../../src/files/apart.ts'
import type { NamedFiles } from '../../src/files/apart.ts'
import { UsageError } from '../../src/base/errors.ts'
import { temporaryFolder } from '../support/vault.ts'

const POSIX = process.platform === 'win32' ? 'no links here' : false
const KEYS = ['keyFile', 'fromKeyFile', 'publicKey', 'recoveryKey', 'fromRecoveryKey'] as const

/** Other names of one file in a folder. */
function namesOf(folder: string, file: string): string[] {
  symlinkSync(file, join(folder, 'link'))
  symlinkSync('.', join(folder, 'here'))
  linkSync(join(folder, file), join(folder, 'hard'))
  return [file, `./${file}`, 'link', `here/${file}`, 'here/link', 'hard'].map((name) => `${folder}/${name}`)
}

function place(scope: TestContext): { folder: string; path: (name: string) => string } {
  const folder = temporaryFolder(scope)
  for (const name of ['in', 'out', 'key']) writeFileSync(join(folder, name), name)
  mkdirSync(join(folder, 'below'))
  return { folder, path: (name) => join(folder, name) }
}

function check(flags: NamedFiles, input: string, output?: string): Promise<void> {
  const open = (): Promise<never> => Promise.reject(new Error('not reached'))
  return requireApart(flags, [{ input, open, ...(output !== undefined && { output }) }])
}

test('no key that a command uses is its output or its record, by whatever name', { skip: POSIX }, async (scope) => {
  const { folder, path } = place(scope)
  for (const name of namesOf(folder, 'key')) {
    for (const flag of KEYS) {
      const flags = { [flag]: path('key') }
      await assert.rejects(check(flags, path('in'), name), UsageError, `${flag} ${name}`)
      await assert.rejects(check({ ...flags, metadataOutput: name }, path('in'), path('new')), UsageError, name)
      await check(flags, path('in'), path('new'))
    }
    await assert.rejects(check({ recoveryKey: [path('in'), name] }, path('in'), path('key')), UsageError, name)
  }
  await check({ keyFile: path('key') }, path('key'), path('new')) // it may be read
})

test('no record goes to the input or the output, by whatever name', { skip: POSIX }, async (scope) => {
  for (const file of ['in', 'out']) {
    const { folder, path } = place(scope)
    for (const metadataOutput of namesOf(folder, file)) {
      await assert.rejects(check({ metadataOutput }, path('in'), path('out')), UsageError, metadataOutput)
    }
    for (const metadataOutput of ['here/new', 'below/../new', 'new'].map(path)) {
      await assert.rejects(check({ metadataOutput }, path('in'), path('new')), UsageError, metadataOutput)
    }
    await check({ metadataOutput: path('below/new') }, path('in'), path('new'))
    await check({ metadataOutput: '/dev/null' }, path('in'), '/dev/null')
  }
})

test('a file may be replaced by what is made of it', async (scope) => {
  const { path } = place(scope)
  await check({}, path('in'), path('in'))
  await check({ keyFile: path('key'), metadataOutput: path('records') }, path('in'), path('in'))
})
