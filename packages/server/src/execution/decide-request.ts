import type { Input, OperationName } from '@keyhold/protocol'
import type { KeyQuestion } from './authorizer/access-question.ts'
import { Authorizer, type AuthorizerOptions } from './authorizer/authorizer.ts'
import type { Decided } from './authorizer/decided.ts'
import { actionOn, type AnyOperation, rulesOf } from './define.ts'
import type { Candidate, FoundKeys } from './find.ts'
import type { Found } from './lookup.ts'
import type { Asked } from './read.ts'
import type { Services } from './services.ts'

/** What decides a request. `options` are for explanations. */
export function authorizerFor(
  { asked: { request, input }, tokenGrants }: FoundKeys<Asked>,
  services: Services,
  options?: AuthorizerOptions,
): Authorizer {
  return new Authorizer({ request, input, tokenGrants }, services, options)
}

/**
 * Decides everything that a request needs: first what its operation needs beside keys, then each key. What follows a denial
 * is decided too, so that answers take equal time and explanations see everything.
 *
 * @throws ServiceError where what the request needs cannot be known: an entity of IAM that does not exist, or a caller who
 * was deleted.
 */
export async function decide(
  { asked, lookup, keys }: FoundKeys<Asked>,
  authorizer: Authorizer,
  services: Services,
): Promise<Decided[]> {
  const { operation, request } = asked
  const input = asked.input as Input<OperationName>
  const needs = await operation.needs(input, { caller: request.caller, lookup, services })
  const rules = rulesOf(operation)
  const decided = await Promise.all(needs.map((needed) => authorizer.other(needed, rules)))
  const all = Object.fromEntries(keys.map(({ name, found }) => [name, found]))
  for (const { target, found } of keys) {
    if (found.isCallersOwn === true) continue
    const own = (await target.conditions?.(input, all, services)) ?? {}
    const encryptionContext = target.context ? target.context(input) : contextMember(input)
    const on = { operation, target, found, own, encryptionContext }
    decided.push(await decideKey(on, input, { authorizer, services }))
  }
  return decided
}

/** What is asked of one key. */
export interface AskedOfKey extends Pick<KeyQuestion, 'own' | 'encryptionContext'> {
  operation: AnyOperation
  target: Candidate['target']
  found: Found
}

/** Decides what is asked of one key, as its operation has it decided. `input` has nothing but what is known of it. */
export function decideKey(
  { operation, target, ...asked }: AskedOfKey,
  input: object,
  { authorizer, services }: { authorizer: Authorizer; services: Services },
): Promise<Decided> {
  const question = { ...asked, action: actionOn(operation, target), rules: rulesOf(operation) }
  const known = input as Input<OperationName>
  return target.authorize?.(question, known, authorizer, services) ?? authorizer.key(question)
}

function contextMember(input: Input<OperationName>): Record<string, string> | undefined {
  return 'EncryptionContext' in input ? input.EncryptionContext : undefined
}
