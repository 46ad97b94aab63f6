import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstat, open, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { ANY_CONTEXT } from '../../src/index.ts'
import { folder } from '../../../../tools/testing/folder.ts'
import { chunked, collector, pattern, testEnvelope } from '../support/messages.ts'

const MEBIBYTE = 2 ** 20

describe('files', () => {
  for (const size of [0, 1, MEBIBYTE, 3 * MEBIBYTE + 17]) {
    test(`of ${size} bytes come back, whatever the frame length`, async () => {
      await using files = await folder()
      const plaintext = pattern(size)
      await writeFile(files.path('plain'), plaintext)
      for (const frameLength of [1000, 64 * 1024, 4 * MEBIBYTE]) {
        const { envelope } = testEnvelope({ frameLength })
        await envelope.encryptFile(files.path('plain'), files.path('sealed'), { context: { a: 'b' } })
        await envelope.decryptFile(files.path('sealed'), files.path('opened'), { expect: { a: 'b' } })
        assert.ok(Buffer.from(plaintext).equals(await readFile(files.path('opened'))))
        assert.deepEqual(
          (await envelope.decrypt(await readFile(files.path('sealed')), { expect: ANY_CONTEXT })).plaintext.length,
          size,
        )
      }
      assert.deepEqual(await files.names(), ['opened', 'plain', 'sealed'])
    })
  }

  test('can be replaced by their own ciphertext, are the owner’s alone, and links are followed', async () => {
    await using files = await folder()
    const { envelope } = testEnvelope()
    await writeFile(files.path('data'), 'content')
    await symlink('data', files.path('link'))
    await envelope.encryptFile(files.path('data'), files.path('link'))
    assert.notEqual(String(await readFile(files.path('data'))), 'content')
    await envelope.decryptFile(files.path('link'), files.path('data'), { expect: ANY_CONTEXT })
    assert.equal(String(await readFile(files.path('link'))), 'content')
    if (process.platform !== 'win32') assert.equal((await stat(files.path('data'))).mode & 0o777, 0o600)
    assert.deepEqual(await files.names(), ['data', 'link'])
  })

  test('can be told to replace a link and not what it points to', async () => {
    await using files = await folder()
    const { envelope } = testEnvelope()
    await writeFile(files.path('elsewhere'), 'not to be touched')
    for (const write of [
      (path: string) => envelope.encryptFile(chunked(pattern(9), 9), path, { followLink: false }),
      (path: string) => envelope.decryptFile(files.path('1'), path, { expect: ANY_CONTEXT, followLink: false }),
      (path: string) => envelope.rewrapFile(files.path('1'), path, { expect: ANY_CONTEXT, followLink: false }),
    ]) {
      const path = files.path(String((await files.names()).length))
      await symlink('elsewhere', path)
      await write(path)
      assert.ok((await lstat(path)).isFile())
    }
    assert.equal(String(await readFile(files.path('elsewhere'))), 'not to be touched')
    assert.deepEqual(await files.names(), ['1', '2', '3', 'elsewhere'])
  })

  test('can be given open: they are read from their beginning, and stay open', async () => {
    await using files = await folder()
    for (const size of [10, 5 * MEBIBYTE]) {
      const { envelope } = testEnvelope({ signed: false })
      await writeFile(files.path('plain'), pattern(size))
      await using plain = await open(files.path('plain'))
      await plain.read(new Uint8Array(4), 0, 4)
      await envelope.encryptFile(plain, files.path('sealed'))
      await using sealed = await open(files.path('sealed'))
      await envelope.rewrapFile(sealed, files.path('rewrapped'), { expect: ANY_CONTEXT })
      await using rewrapped = await open(files.path('rewrapped'))
      for (const source of [sealed, rewrapped]) {
        await envelope.decryptFile(source, files.path('opened'), { expect: ANY_CONTEXT })
        assert.ok((await readFile(files.path('opened'))).equals(pattern(size)))
      }
      assert.equal((await plain.stat()).size, size)
    }
  })

  test('that are given open say how long they are to a cache', async () => {
    await using files = await folder()
    const { envelope } = testEnvelope({ cache: { maxAgeMs: 60_000, maxMessages: 10, maxBytes: 1000 } })
    await writeFile(files.path('plain'), 'x')
    await using plain = await open(files.path('plain'))
    for (const name of ['a', 'b']) await envelope.encryptFile(plain, files.path(name))
    assert.equal(envelope.cache.stats.callsSaved, 1)
  })

  test('are neither made nor replaced by a message that fails late, and nothing is left behind', async () => {
    await using files = await folder()
    const { envelope } = testEnvelope()
    await envelope.encryptFile(chunked(pattern(2 * MEBIBYTE), MEBIBYTE), files.path('sealed'))
    const sealed = await readFile(files.path('sealed'))
    sealed[sealed.length - 1]! ^= 1
    await writeFile(files.path('sealed'), sealed)
    await writeFile(files.path('old'), 'old')
    for (const target of ['new', 'old']) {
      const decrypting = envelope.decryptFile(files.path('sealed'), files.path(target), { expect: ANY_CONTEXT })
      await assert.rejects(decrypting, { code: 'NOT_AUTHENTIC' })
    }
    assert.deepEqual(await files.names(), ['old', 'sealed'])
    assert.equal(String(await readFile(files.path('old'))), 'old')
  })

  test('are not left behind when the work is stopped', async () => {
    await using files = await folder()
    const { envelope } = testEnvelope()
    const stop = new AbortController()
    const options = { signal: stop.signal, onProgress: () => stop.abort(new Error('stopped')) }
    const source = chunked(pattern(1000), 100)
    await assert.rejects(envelope.encryptFile(source, files.path('sealed'), options), /stopped/)
    assert.deepEqual(await files.names(), [])
  })

  test('cannot be written where there is no folder', async () => {
    await using files = await folder()
    const { envelope } = testEnvelope()
    const encrypting = envelope.encryptFile(chunked(pattern(1), 1), files.path('nowhere/sealed'))
    await assert.rejects(encrypting, { code: 'ENOENT' })
  })
})

describe('a sink', () => {
  /** Changes the signature alone: everything before it opens. */
  async function forged(
    signed: boolean,
    size: number,
  ): Promise<{ message: Buffer; envelope: ReturnType<typeof testEnvelope>['envelope'] }> {
    const { envelope } = testEnvelope({ signed })
    const message = Buffer.from(await envelope.encrypt(pattern(size)))
    message[message.length - 1]! ^= 1
    return { message, envelope }
  }

  for (const size of [100, 3 * MEBIBYTE]) {
    test(`gets nothing of a signed message of ${size} bytes that is not the signer’s`, async () => {
      const { message, envelope } = await forged(true, size)
      const sink = collector()
      const decrypting = envelope.decryptFile(chunked(message, MEBIBYTE), sink, { expect: ANY_CONTEXT })
      await assert.rejects(decrypting, { code: 'NOT_AUTHENTIC' })
      assert.equal(sink.bytes().length, 0)
    })

    test(`gets all of a signed message of ${size} bytes once it is verified`, async () => {
      const { envelope } = testEnvelope()
      const message = await envelope.encrypt(pattern(size))
      const sink = collector()
      await envelope.decryptFile(chunked(message, MEBIBYTE), sink, { expect: ANY_CONTEXT })
      assert.ok(sink.bytes().equals(pattern(size)))
    })
  }

  test('gets plaintext early when that was asked for by its name', async () => {
    const { message, envelope } = await forged(true, 3 * MEBIBYTE)
    const sink = collector()
    const options = { expect: ANY_CONTEXT, releaseUnverified: true } as const
    await assert.rejects(envelope.decryptFile(chunked(message, MEBIBYTE), sink, options), { code: 'NOT_AUTHENTIC' })
    assert.ok(sink.bytes().length > 0)
    assert.ok(sink.bytes().equals(pattern(3 * MEBIBYTE).subarray(0, sink.bytes().length)))
  })
})

test('progress adds up to the bytes of the source', async () => {
  const { envelope } = testEnvelope()
  let seen = 0
  await envelope.encryptFile(chunked(pattern(1000), 300), collector(), { onProgress: (bytes) => void (seen += bytes) })
  assert.equal(seen, 1000)
})

describe(
  'a named pipe as a source',
  { skip: process.platform !== 'linux' && 'elsewhere a thread waits for it' },
  () => {
    const { envelope } = testEnvelope()

    test('is read to its end, however late its writer comes', async () => {
      await using files = await folder()
      execFileSync('mkfifo', [files.path('pipe')])
      const encrypting = envelope.encryptFile(files.path('pipe'), files.path('sealed'))
      const plaintext = pattern(3 * MEBIBYTE)
      await setImmediate()
      await writeFile(files.path('pipe'), plaintext)
      await encrypting
      await envelope.decryptFile(files.path('sealed'), files.path('opened'), { expect: {} })
      assert.ok(Buffer.from(plaintext).equals(await readFile(files.path('opened'))))
    })

    test('keeps no thread once the signal is aborted, with a writer and without', async () => {
      await using files = await folder()
      execFileSync('mkfifo', [files.path('pipe')])
      const path = files.path('pipe')
      const calls = [
        (signal: AbortSignal) => envelope.encryptFile(path, files.path('out'), { signal }),
        (signal: AbortSignal) => envelope.decryptFile(path, files.path('out'), { signal, expect: {} }),
        (signal: AbortSignal) => envelope.rewrapFile(path, files.path('out'), { signal, expect: {} }),
      ]
      for (const hasWriter of [false, true]) {
        for (const call of [...calls, ...calls]) {
          const controller = new AbortController()
          const going = call(controller.signal)
          const writer = hasWriter ? await open(path, 'r+') : undefined
          await setImmediate()
          const reason = new Error('stop')
          controller.abort(reason)
          await assert.rejects(going, reason)
          await writer?.close()
        }
      }
      // More of them than there are threads, which are still there.
      assert.deepEqual(await files.names(), ['pipe'])
      await assert.rejects(envelope.rewrapFile(path, path, { expect: {}, inPlace: true }), { code: 'CONFLICT' })
    })
  },
)
