import type { EncodedBody } from '@keyhold/protocol'
import { admit } from './admit.ts'
import { beginAttempt, type Committing, untilCommitted } from './attempts.ts'
import { authorize } from './authorize.ts'
import { commitAndRecord } from './commit.ts'
import { openDraft } from './draft.ts'
import { encode } from './encode.ts'
import { fail } from './fail.ts'
import { find } from './find.ts'
import { nameOperation } from './name.ts'
import { readInput, type ReadRequest } from './read.ts'
import type { Answer, AuthenticatedRequest } from './request.ts'
import { requireUsable } from './require-usable.ts'
import { run } from './run.ts'
import type { Serving } from './operations.ts'

/**
 * Answers one authenticated request. The order of the steps is the security of the service: what is asked for, whether it
 * may be asked, whether the key can do it, only then the doing; and no answer leaves before its record is durable. Each
 * step takes what only the step before it makes, so that none can be left out or come too early. Never throws: a failure
 * is an answer too, with a record of its own.
 */
export async function execute(request: AuthenticatedRequest, services: Serving): Promise<Answer> {
  const draft = openDraft(request, services.random.uuid())
  try {
    const named = nameOperation(request, draft, services)
    const admitted = await admit(named, services)
    using read = readInput(admitted, services)
    const body = await untilCommitted(read, services, (committing) => attempt(read, committing, services))
    const outcome = { service: request.service, operation: draft.operation, result: 'success' } as const
    return {
      status: 200,
      contentType: read.wire.contentType,
      body,
      outcome,
      about: { principal: request.caller.principal.arn },
    }
  } catch (error) {
    return await fail(error, request, draft, services)
  }
}

/** Resolves to nothing where another writer has changed what was decided: then the request starts over from here. */
async function attempt(read: ReadRequest, committing: Committing, services: Serving): Promise<EncodedBody | undefined> {
  const asked = await beginAttempt(read, services)
  const found = await find(asked, services)
  const authorized = await authorize(found, services)
  const usable = await requireUsable(authorized, services)
  const done = await run(usable, services)
  const encoded = encode(done)
  return commitAndRecord(encoded, committing, services)
}
