import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { generateModel } from '../generate-model.ts'

const COMMITTED = new URL('../../packages/protocol/src/model/kms.gen.ts', import.meta.url)

test('the committed model is what the installed SDK says', () => {
  assert.equal(readFileSync(COMMITTED, 'utf8'), generateModel(), 'run `npm run generate` and commit the result')
})
