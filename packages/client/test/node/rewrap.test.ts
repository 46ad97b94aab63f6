import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, chown, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { ANY_CONTEXT, Envelope, EnvelopeError, rawAes } from '../../src/index.ts'
import type { Keyring } from '../../src/index.ts'
import { SUITES } from '../../src/message/suites.ts'
import { folder } from '../../../../tools/testing/folder.ts'
import { needs } from '../../../../tools/testing/needs.ts'
import { legacyMessage } from '../support/legacy-writer.ts'
import { chunked, collector, fixedKeyring, pattern, testEnvelope } from '../support/messages.ts'

const MEBIBYTE = 2 ** 20
const context = { tenant: 't-17' }
const newKeys = rawAes({ namespace: 'n', name: 'new', wrappingKey: pattern(32) })

const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected

const LINUX = process.platform === 'linux' ? false : 'only on Linux are they taken over'
const ROOT = process.getuid?.() === 0 ? false : 'only root may give files away'

describe('rewrapping', () => {
  for (const signed of [true, false]) {
    test(`moves a ${signed ? 'signed' : 'unsigned'} file to other keys in its place`, async () => {
      await using files = await folder()
      const { envelope: old } = testEnvelope({ signed, frameLength: 1000 })
      const plaintext = pattern(MEBIBYTE + 1)
      await old.encryptFile(chunked(plaintext, 5000), files.path('a'), { context })
      const before = await readFile(files.path('a'))
      const fresh = new Envelope({ keyring: newKeys })
      let progress = 0
      const header = await fresh.rewrapFile(files.path('a'), files.path('a'), {
        from: old,
        expect: context,
        onProgress: (bytes) => (progress += bytes),
      })
      assert.equal(progress, before.length)
      assert.deepEqual(await files.names(), ['a'])
      const after = await readFile(files.path('a'))
      const read = await fresh.decrypt(after, { expect: context })
      assert.ok(Buffer.from(plaintext).equals(read.plaintext))
      assert.deepEqual(read.header.messageId, header.messageId)
      await assert.rejects(old.decrypt(after, { expect: ANY_CONTEXT }), code('NO_KEY_OPENS'))
      const { header: oldHeader } = await old.decrypt(before, { expect: context })
      assert.notDeepEqual(oldHeader.messageId, header.messageId)
    })
  }

  test('does not take the place of a file that was changed or replaced meanwhile', async () => {
    await using files = await folder()
    const { envelope: old } = testEnvelope()
    await old.encryptFile(chunked(pattern(10), 5), files.path('a'))
    const message = await readFile(files.path('a'))
    const later = Buffer.concat([message, pattern(1)])
    for (const change of [
      () => writeFile(files.path('a'), later),
      () => writeFile(files.path('b'), later).then(() => rename(files.path('b'), files.path('a'))),
      () => rm(files.path('a')).then(() => symlink('elsewhere', files.path('a'))),
    ]) {
      await writeFile(files.path('a'), message)
      const keyring: Keyring = {
        onEncrypt: async (request) => {
          await change()
          return newKeys.onEncrypt(request)
        },
        onDecrypt: (request) => newKeys.onDecrypt(request),
      }
      const options = { from: old, expect: ANY_CONTEXT } as const
      const rewrapping = new Envelope({ keyring }).rewrapFile(files.path('a'), files.path('a'), options)
      await assert.rejects(rewrapping, code('CONFLICT'))
      assert.deepEqual(await files.names(), ['a'])
      await rm(files.path('a'))
    }
  })

  test('leaves the file as it was when the work is stopped', async () => {
    await using files = await folder()
    const { envelope: old } = testEnvelope()
    await old.encryptFile(chunked(pattern(3 * MEBIBYTE), MEBIBYTE), files.path('a'))
    const before = await readFile(files.path('a'))
    const controller = new AbortController()
    const reason = new Error('enough')
    const rewrapping = new Envelope({ keyring: newKeys }).rewrapFile(files.path('a'), files.path('a'), {
      from: old,
      expect: ANY_CONTEXT,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    })
    await assert.rejects(rewrapping, reason)
    assert.deepEqual(await files.names(), ['a'])
    assert.ok(before.equals(await readFile(files.path('a'))))
  })

  test('makes a context of the old one, as for a message that is bound to another place', async () => {
    const { envelope: old } = testEnvelope({ requiredContext: ['path'] })
    const message = await old.encrypt(pattern(3), { context: { ...context, path: 'a' } })
    const output = collector()
    const place = (path: string) => (given: Readonly<Record<string, string>>) => ({ ...given, path })
    await old.rewrapFile(chunked(message, 9), output, { expect: { path: 'a' }, context: place('b') })
    const read = await old.decrypt(output.bytes(), { expect: { ...context, path: 'b' } })
    assert.deepEqual(read.plaintext, pattern(3))
    assert.deepEqual(Object.keys(read.header.context).includes('path'), false)
    await assert.rejects(old.decrypt(output.bytes(), { expect: { path: 'a' } }), code('NO_KEY_OPENS'))
  })

  test('leaves a file that it replaces its permissions', { skip: process.platform === 'win32' }, async () => {
    await using files = await folder()
    const { envelope: old } = testEnvelope()
    await old.encryptFile(chunked(pattern(10), 5), files.path('a'))
    await chmod(files.path('a'), 0o640)
    const fresh = new Envelope({ keyring: newKeys })
    await fresh.rewrapFile(files.path('a'), files.path('a'), { from: old, expect: ANY_CONTEXT })
    assert.equal((await stat(files.path('a'))).mode & 0o777, 0o640)
    await fresh.rewrapFile(files.path('a'), files.path('b'), { expect: ANY_CONTEXT })
    assert.equal((await stat(files.path('b'))).mode & 0o777, 0o600)
  })

  test('leaves a file its owner, group and special bits, and says what it could not', { skip: ROOT }, async () => {
    await using files = await folder()
    const { envelope: old } = testEnvelope()
    await old.encryptFile(chunked(pattern(10), 5), files.path('a'))
    await chown(files.path('a'), 12_345, 54_321)
    await chmod(files.path('a'), 0o2640)
    const told: string[] = []
    const onNotKept = (what: readonly string[]): void => void told.push(...what)
    await old.rewrapFile(files.path('a'), files.path('a'), { expect: ANY_CONTEXT, onNotKept })
    const { uid, gid, mode } = await stat(files.path('a'))
    assert.deepEqual([uid, gid, mode & 0o7777], [12_345, 54_321, 0o2640])
    assert.ok(
      told.every((what) => what.startsWith('ACLs')),
      told.join(', '),
    )
  })

  test('leaves a file its extended attributes', { skip: LINUX || needs('python3') }, async (scope) => {
    await using files = await folder()
    const path = files.path('a')
    const { envelope: old } = testEnvelope()
    await old.encryptFile(chunked(pattern(10), 5), path)
    const python = (script: string): string => spawnSync('python3', ['-c', script, path], { encoding: 'utf8' }).stdout
    python('import os, sys; os.setxattr(sys.argv[1], "user.note", b"hello")')
    const attribute = 'import os, sys; print(os.getxattr(sys.argv[1], "user.note").decode())'
    if (python(attribute) !== 'hello\n') return scope.skip('this file system has no extended attributes')
    await old.rewrapFile(path, path, { expect: ANY_CONTEXT })
    assert.equal(python(attribute), 'hello\n')
  })

  test('brings a message of an early client into the form of today, with another context if that is asked for', async () => {
    const [suite] = SUITES
    const dataKey = pattern(16)
    const encryptedDataKeys = [{ providerId: 'fixed', providerInfo: pattern(1), ciphertext: pattern(1) }]
    const message = legacyMessage({ suite: suite!, dataKey, encryptedDataKeys, context, plaintext: pattern(100) })
    const from = new Envelope({ keyring: fixedKeyring(dataKey), commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' })
    const fresh = new Envelope({ keyring: newKeys })
    const output = collector()
    const options = { from, expect: context, context: { tenant: 't-18' } }
    await fresh.rewrapFile(chunked(message, 7), output, options)
    const read = await fresh.decrypt(output.bytes(), { expect: { tenant: 't-18' } })
    assert.deepEqual(read.plaintext, pattern(100))
    assert.equal(read.header.suite.id, 0x0578)
  })

  test('leaves the file as it was when its end turns out to be false, and a sink with what is no message', async () => {
    await using files = await folder()
    const { envelope: old } = testEnvelope({ frameLength: 1000 })
    const message = Buffer.from(await old.encrypt(pattern(10_000), { context }))
    message[message.length - 1]! ^= 1
    await writeFile(files.path('a'), message)
    const fresh = new Envelope({ keyring: newKeys, frameLength: 1000 })
    const options = { from: old, expect: context }
    await assert.rejects(fresh.rewrapFile(files.path('a'), files.path('a'), options), code('NOT_AUTHENTIC'))
    assert.deepEqual(await files.names(), ['a'])
    assert.ok(message.equals(await readFile(files.path('a'))))
    const output = collector()
    await assert.rejects(fresh.rewrapFile(chunked(message, 999), output, options), code('NOT_AUTHENTIC'))
    await assert.rejects(fresh.decrypt(output.bytes(), { expect: ANY_CONTEXT }), code('TRUNCATED'))
  })

  test('keeps what is bound without being stored', async () => {
    const { envelope: old } = testEnvelope({ requiredContext: ['tenant'] })
    const message = await old.encrypt(pattern(10), { context })
    const fresh = new Envelope({ keyring: newKeys, requiredContext: ['tenant'] })
    const output = collector()
    await fresh.rewrapFile(chunked(message, 100), output, { from: old, expect: context })
    assert.ok(!output.bytes().includes('t-17'))
    assert.deepEqual((await fresh.decrypt(output.bytes(), { expect: context })).plaintext, pattern(10))
  })

  test('refuses a message whose context is not the expected one, and writes nothing', async () => {
    await using files = await folder()
    const { envelope } = testEnvelope()
    const message = await envelope.encrypt(pattern(10), { context })
    const rewrapping = envelope.rewrapFile(chunked(message, 100), files.path('a'), { expect: { tenant: 't-18' } })
    await assert.rejects(rewrapping, code('CONTEXT_MISMATCH'))
    assert.deepEqual(await files.names(), [])
  })
})
