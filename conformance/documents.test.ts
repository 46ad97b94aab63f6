/** Everything that README.md and the guide tell their readers to type is typed here, and must do what they show. */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { followDocument } from '../tools/testing/follow-document.ts'

/** Those that `conformance/long` follows, one of them in a system of its own. */
const LONG = ['docs/guide/life-of-a-user.md', 'docs/guide/install-debian.md']
const documents = ['README.md', ...globSync('docs/guide/*.md', { exclude: LONG }).toSorted()]

/** How `keyhold` is started in these. In the others the start that is cheapest for a test is enough. */
const STARTS: Readonly<Record<string, 'checkout' | 'installed'>> = {
  'README.md': 'checkout',
  'docs/guide/running-with-secrets.md': 'installed',
}

test('there is a guide', () => assert.ok(documents.length > 3))

for (const document of documents) {
  test(`${document} can be followed`, (t) => followDocument(t, document, STARTS[document] ?? 'quick'))
}
