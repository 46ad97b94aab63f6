/** Everything that README.md and the guide tell their readers to type is typed here, and must do what they show. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { followDocument } from '../tools/testing/follow-document.ts'

const documents = ['README.md', ...globSync('docs/guide/*.md').toSorted()]

/** In these `keyhold` is started as its users start it. In the others that start is a fifth cheaper. */
const AS_INSTALLED = ['README.md', 'docs/guide/running-with-secrets.md']

test('there is a guide', () => assert.ok(documents.length > 3))

for (const document of documents) {
  const start = AS_INSTALLED.includes(document) ? 'installed' : 'quick'
  test(`${document} can be followed`, (t) => followDocument(t, document, start))
}
