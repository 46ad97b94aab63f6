import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { generateModel, targetOf } from '../generate-model.ts'
import { SOURCES } from '../model/sources.ts'

for (const source of SOURCES) {
  test(`the committed ${source.file} is what the installed SDK says`, () => {
    const committed = readFileSync(targetOf(source), 'utf8')
    assert.equal(committed, generateModel(source), 'run `npm run generate` and commit the result')
  })
}
