import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal, scriptedKms } from '../support/scripted-kms.ts'
import { fail } from '../support/vault.ts'

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

const denied = (): never => {
  throw new Refusal('AccessDeniedException', 'no DescribeKey for you')
}

test('who may not look a key up by its alias learns that its ARN needs no look-up', async () => {
  await using kms = await scriptedKms({ DescribeKey: denied })
  for (const command of [
    ['encrypt', '-k', 'alias/app'],
    ['encrypt', '-k', KEY, '-k', 'alias/app'],
  ]) {
    await fail(
      command,
      3,
      /^keyhold: AccessDeniedException: no DescribeKey for you\nName the key by its ARN,/m,
      kms.env,
    )
  }
  assert.ok(kms.calls.length > 0)
})
