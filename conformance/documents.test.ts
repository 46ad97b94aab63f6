/** Everything that README.md and the guide tell their readers to type is typed here, and must do what they show. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { followDocument } from '../tools/testing/follow-document.ts'

const documents = ['README.md', ...globSync('docs/guide/*.md').toSorted()]

test('there is a guide', () => assert.ok(documents.length > 3))

for (const document of documents) {
  test(`${document} can be followed`, (t) => followDocument(t, document))
}
