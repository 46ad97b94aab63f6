import { describe } from 'node:test'
import { closing } from './contract/closing.ts'
import { conditions } from './contract/conditions.ts'
import { lists } from './contract/lists.ts'
import { malformed } from './contract/malformed.ts'
import { outbox } from './contract/outbox.ts'
import { revisions } from './contract/revisions.ts'
import { rewriting } from './contract/rewriting.ts'
import { rows } from './contract/rows.ts'
import type { OpenSubject } from './contract/support.ts'

/**
 * The contract of Store, sentence by sentence, for every implementation: a test file calls this with a function that
 * opens an empty store.
 */
export function storeContract(name: string, open: OpenSubject): void {
  describe(`${name} keeps the contract of Store`, () => {
    rows(open)
    conditions(open)
    lists(open)
    revisions(open)
    outbox(open)
    rewriting(open)
    malformed(open)
    closing(open)
  })
}
