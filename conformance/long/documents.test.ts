/** The pages of the guide that take long to follow, mostly for the starts of AWS's command. */
import { test } from 'node:test'
import { followDocument } from '../../tools/testing/follow-document.ts'

const document = 'docs/guide/life-of-a-user.md'

test(`${document} can be followed`, (t) => followDocument(t, document, 'quick'))
