import type { Mutant } from '../../tools/testing/mutants/mutant.ts'
import { auditFormMutants } from './audit-form.ts'
import { auditSuccessionMutants } from './audit-succession.ts'
import { auditVerificationMutants } from './audit-verification.ts'
import { auditWritingMutants } from './audit-writing.ts'

/** Mistakes in the audit log: what is written, in which form, what ends dead streams, and what verifies all of it. */
export const auditMutants: readonly Mutant[] = [
  ...auditFormMutants,
  ...auditWritingMutants,
  ...auditSuccessionMutants,
  ...auditVerificationMutants,
]
