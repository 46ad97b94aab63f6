import type { Mutant } from '../../tools/testing/mutants/mutant.ts'
import { auditMutants } from './audit.ts'
import { decisionMutants } from './decision.ts'
import { explainMutants } from './explain.ts'
import { grantMutants } from './grants.ts'
import { hierarchyMutants } from './hierarchy.ts'
import { keyFileMutants } from './key-files.ts'
import { messageMutants } from './message.ts'
import { policyLanguageMutants } from './policy-language.ts'
import { recordMutants } from './records.ts'
import { rootMutants } from './root.ts'
import { storageMutants } from './storage.ts'

/**
 * Mistakes in everything that guards, by area. `npm run chaos -- mutants` runs the tests of each with the mistake, and
 * fails for those that no test notices. `npm test` does so for the first of each table: put one there that is noticed
 * quickly.
 *
 * To add a mutant, write a row: what the mistake would mean, text that occurs once in the file, and what replaces it.
 * Take what a careless edit would do: a check that is missing, `<` for `<=`, another domain, a column left out of a MAC.
 * Name the tests that notice it, as few as you can. Where none does, write the test.
 *
 * To add a table, write it in a file of its own, with a test file that hands its name to `testMutants`.
 */
export const TABLES = {
  audit: auditMutants,
  decision: decisionMutants,
  explain: explainMutants,
  grants: grantMutants,
  hierarchy: hierarchyMutants,
  'key-files': keyFileMutants,
  message: messageMutants,
  'policy-language': policyLanguageMutants,
  records: recordMutants,
  root: rootMutants,
  storage: storageMutants,
} satisfies Readonly<Record<string, readonly Mutant[]>>
