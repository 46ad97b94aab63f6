/** Files that are large enough for several threads. What they write and read is what one thread would. */
import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { ANY_CONTEXT, Envelope, EnvelopeError, rawAes } from '../../../src/index.ts'
import { folder } from '../../../../../tools/testing/folder.ts'
import { chunked, collector, pattern } from '../../support/messages.ts'

const MEBIBYTE = 2 ** 20
const SIZE = 33 * MEBIBYTE
const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey: pattern(32) })
const context = { tenant: 't-17' }
const content = Buffer.alloc(SIZE + 70_000, pattern(65_521)) // not in step with the frames

const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected

describe('a large file', () => {
  for (const [size, frameLength] of [
    [SIZE, 65_536],
    [SIZE + 1, 65_536],
    [SIZE + 65_535, 65_536],
    [SIZE, 5000],
    [SIZE, 3 * MEBIBYTE],
  ] as const) {
    // prettier-ignore
    test(`of ${size} bytes in frames of ${frameLength} crosses between several threads and one`, async () => {
      await using files = await folder()
      const envelope = new Envelope({ keyring, signed: false, frameLength })
      const plaintext = content.subarray(0, size)
      await writeFile(files.path('plain'), plaintext)
      let progress = 0
      const onProgress = (bytes: number): void => void (progress += bytes)
      await envelope.encryptFile(files.path('plain'), files.path('sealed'), { context, onProgress })
      assert.equal(progress, size)
      const sealed = await readFile(files.path('sealed'))
      assert.ok(plaintext.equals((await envelope.decrypt(sealed, { expect: context })).plaintext))

      const byOne = collector()
      await envelope.encryptFile(chunked(plaintext, MEBIBYTE), byOne, { context })
      assert.equal(byOne.bytes().length, sealed.length)
      await writeFile(files.path('sealed'), byOne.bytes())
      progress = 0
      await envelope.decryptFile(files.path('sealed'), files.path('opened'), { expect: context, onProgress })
      assert.equal(progress, sealed.length)
      assert.ok(plaintext.equals(await readFile(files.path('opened'))))
      assert.deepEqual(await files.names(), ['opened', 'plain', 'sealed'])
    })
  }

  test('can be replaced by its own ciphertext, and back', async () => {
    await using files = await folder()
    const envelope = new Envelope({ keyring, signed: false })
    await writeFile(files.path('a'), content)
    await envelope.encryptFile(files.path('a'), files.path('a'))
    assert.notEqual((await readFile(files.path('a'))).length, content.length)
    await envelope.decryptFile(files.path('a'), files.path('a'), { expect: ANY_CONTEXT })
    assert.ok(content.equals(await readFile(files.path('a'))))
  })

  test('that was changed, cut off or added to is refused as any other, and nothing is left behind', async () => {
    await using files = await folder()
    const envelope = new Envelope({ keyring, signed: false })
    await envelope.encryptFile(chunked(content, MEBIBYTE), files.path('whole'))
    const whole = await readFile(files.path('whole'))
    const frame = 65_536 + 32
    const swapped = Buffer.from(whole)
    const start = whole.length % 1000 // somewhere within frames
    whole.copy(swapped, start + 5 * frame, start + 6 * frame, start + 7 * frame)
    const changed = (position: number): Buffer => {
      const copy = Buffer.from(whole)
      copy[position]! ^= 1
      return copy
    }
    for (const [what, message, problem] of [
      ['in its header', changed(60), 'NO_KEY_OPENS'],
      ['in its first frame', changed(1000), 'NOT_AUTHENTIC'],
      ['in the middle', changed(SIZE / 2), 'NOT_AUTHENTIC'],
      ['at its end', changed(whole.length - 1), 'NOT_AUTHENTIC'],
      ['by moving a frame', swapped, 'NOT_AUTHENTIC|MALFORMED_MESSAGE'],
      ['by a byte less', whole.subarray(0, -1), 'TRUNCATED'],
      ['by a frame less', whole.subarray(0, -frame), 'TRUNCATED|MALFORMED_MESSAGE'],
      ['by a byte more', Buffer.concat([whole, Buffer.of(0)]), 'TRAILING_BYTES'],
      ['by another message', Buffer.concat([whole, whole.subarray(0, 70_000)]), 'TRAILING_BYTES'],
    ] as const) {
      await writeFile(files.path('sealed'), message)
      const opening = envelope.decryptFile(files.path('sealed'), files.path('opened'), { expect: ANY_CONTEXT })
      await assert.rejects(opening, (error) => problem.split('|').some((each) => code(each)(error)), what)
    }
    assert.deepEqual(await files.names(), ['sealed', 'whole'])
  })

  for (const [what, change] of [
    ['grows', (path: string) => appendFileSync(path, 'more')],
    ['shrinks', (path: string) => void truncate(path, 1000)],
  ] as const) {
    test(`that ${what} while it is being encrypted is refused, and nothing is left behind`, async () => {
      await using files = await folder()
      const envelope = new Envelope({ keyring, signed: false })
      await writeFile(files.path('plain'), content)
      let isChanged = false
      const onProgress = (): void => {
        if (!isChanged) change(files.path('plain'))
        isChanged = true
      }
      const encrypting = envelope.encryptFile(files.path('plain'), files.path('sealed'), { onProgress })
      await assert.rejects(encrypting, code('CONFLICT'))
      assert.deepEqual(await files.names(), ['plain'])
    })
  }

  test('is left alone when the work is stopped', async () => {
    await using files = await folder()
    const envelope = new Envelope({ keyring, signed: false })
    await writeFile(files.path('plain'), content)
    const controller = new AbortController()
    const onProgress = (): void => controller.abort(new Error('enough'))
    const options = { signal: controller.signal, onProgress }
    await assert.rejects(envelope.encryptFile(files.path('plain'), files.path('sealed'), options), /enough/)
    assert.deepEqual(await files.names(), ['plain'])
  })

  test('longer than was announced is refused', async () => {
    await using files = await folder()
    const envelope = new Envelope({ keyring, signed: false })
    await writeFile(files.path('plain'), content)
    const options = { plaintextBytes: content.length - 1 }
    const encrypting = envelope.encryptFile(files.path('plain'), files.path('sealed'), options)
    await assert.rejects(encrypting, code('LIMIT_EXCEEDED'))
  })
})
