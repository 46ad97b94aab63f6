import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { nameOf, textOf } from '../packages/server/test/domain/policy/language/cells/cell.ts'
import { CELLS } from '../packages/server/test/domain/policy/language/cells/cells.ts'
import { ACCOUNT } from '../packages/server/test/domain/policy/language/support.ts'
import { followTour, missingBoto3 } from './boto3.ts'

/** Cells whose documents say nothing, and mean something all the same. */
const DECIDED = ['allActions', 'uncheckedConditions']

/** The cells as the program reads them, with the server's account. boto3 itself refuses an empty document. */
function cellsFor(accountId: string): string {
  const cells = CELLS.flatMap((cell) =>
    cell.kinds.map((kind) => ({
      name: nameOf(cell, kind),
      kind,
      text: textOf(cell, kind).replaceAll(ACCOUNT, accountId),
      refused: cell.refused?.source ?? null,
      applies: DECIDED.includes(cell.source) ? (cell.applies ?? { Allow: true, Deny: true }) : null,
    })),
  )
  return JSON.stringify(cells.filter(({ text }) => text !== ''))
}

test(
  'boto3 finds each document of the policy grammar taken or refused as AWS does',
  { skip: missingBoto3() },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'keyhold-cells-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const parts = ['managed_policies', 'inline_and_session_policies', 'trust_policies', 'key_policies', 'decisions']
    await followTour(t, 'policy_grammar_tour.py', parts, async ({ accountId }) => {
      const KEYHOLD_CELLS = join(folder, 'cells.json')
      await writeFile(KEYHOLD_CELLS, cellsFor(accountId))
      return { KEYHOLD_CELLS }
    })
  },
)
