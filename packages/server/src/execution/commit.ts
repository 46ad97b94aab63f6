import { type EncodedBody, type ServiceError, serviceError } from '@keyhold/protocol'
import { commitRecorded } from '../audit/commit-recorded.ts'
import type { AuditRecord } from '../audit/record.ts'
import type { Committing } from './attempts.ts'
import type { Encoded } from './encode.ts'
import { noteUses } from './key-uses.ts'
import type { Serving } from './operations.ts'
import { requireApproval } from './quorum/require-approval.ts'

/**
 * Makes the changes of a request and its record durable, together, and only then hands out the answer. Resolves to
 * nothing, and wipes the answer, where what was decided no longer holds because of another writer: the request starts over.
 *
 * @throws ServiceError DryRunOperationException for a dry run, which changes nothing and ends here; AccessDeniedException
 * where approvals are missing.
 */
export async function commitAndRecord(
  encoded: Encoded,
  committing: Committing,
  services: Serving,
): Promise<EncodedBody | undefined> {
  let isDurable = false
  try {
    isDurable = await becomeDurable(encoded, committing, services)
    return isDurable ? encoded.body : undefined
  } finally {
    if (!isDurable) encoded.body.wipe()
  }
}

async function becomeDurable({ done, response }: Encoded, committing: Committing, services: Serving): Promise<boolean> {
  const { changes, alongside, usable } = done
  const { operation, input, draft, identitiesAt } = usable.found.asked
  await usable.authorizer.requireSameRights(changes)
  if ('DryRun' in input && input.DryRun === true) throw dryRunSucceeded()
  if (!(await requireApproval({ ...done, response }, committing, services))) return false
  draft.response = response
  const records = [draft, ...alongside]
  const isDurable = changes.isEmpty
    ? await recordAll(records, services)
    : await committing(async () => {
        // A name may mean another user or role now than when this was decided. What changes from here on, the commit sees.
        if (services.directory.identityChanges !== identitiesAt) return false
        return commitRecorded(changes, records, services)
      })
  if (isDurable) noteUses(operation, usable.keys, draft, services)
  return isDurable
}

/** Writes the records of a request that changes nothing. */
async function recordAll(records: readonly AuditRecord[], { auditor }: Pick<Serving, 'auditor'>): Promise<true> {
  for (const record of records) await auditor.record(record)
  return true
}

function dryRunSucceeded(): ServiceError {
  return serviceError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.')
}
