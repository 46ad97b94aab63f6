import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readUnverifiedHeader } from '@keyhold/client'
import { toJson } from '../../src/terminal/print.ts'
import { describe as description, toText } from '../../src/files/inspect.ts'

const file = new URL('../../../../vectors/message/version-2.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: { name: string; message: string }[] }

async function headerOf(
  name: string,
  edit: (message: Buffer) => void = () => undefined,
): ReturnType<typeof readUnverifiedHeader> {
  const message = Buffer.from(vectors.find((vector) => vector.name === name)!.message, 'hex')
  edit(message)
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(message)
  }
  return readUnverifiedHeader(chunks())
}

test('shows what the header says, and that it is not verified', async () => {
  const text = toText(await description(await headerOf('one frame, not full, signed, by keyhold')))
  assert.match(text, /^Nothing here is verified/)
  assert.match(text, /^signed {3}yes$/m)
  assert.match(text, /^ {2}tenant = t-17$/m)
  assert.match(text, /^ {2}aws-kms arn:aws:kms:eu-central-1:111122223333:key\/1234abcd-12ab-34cd-56ef-1234567890ab$/m)
})

test('the JSON form parses to the same', async () => {
  const expected = await description(await headerOf('several frames, unsigned, by keyhold'))
  assert.deepEqual(JSON.parse(toJson(expected)), JSON.parse(JSON.stringify(expected)))
})

test('what a stranger wrote into the header cannot steer the terminal', async () => {
  const hostile = (message: Buffer): void => void message.write('\u001b[2J', message.indexOf('t-17'))
  const seen = await description(await headerOf('one frame, not full, unsigned, by keyhold', hostile))
  assert.equal(seen.encryptionContext['tenant'], '\u001b[2J')
  assert.ok(!toText(seen).includes('\u001b'))
  assert.ok(!toJson(seen).includes('\u001b'))
  const reversed = { ...seen, encryptionContext: { a: '\u202e\u009b' } }
  assert.ok(!/[\u202e\u009b]/.test(toJson(reversed)))
  assert.deepEqual(JSON.parse(toJson(reversed)), JSON.parse(JSON.stringify(reversed)))
})
