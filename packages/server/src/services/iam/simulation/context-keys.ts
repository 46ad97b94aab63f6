import { queryError, type ServiceError } from '@keyhold/protocol'
import { conditionKeysOf } from '../../../domain/policy/language/condition-keys-of.ts'
import { parsePolicy } from '../../../domain/policy/language/parse.ts'
import { policyTexts } from '../../../identity/directory/permissions.ts'
import { type AnyOperation, type QueryCall, queryOperation } from '../../../execution/define.ts'
import { payerOf } from '../../../execution/throttle/lines.ts'
import { sourceFault, sourceOf, tagsOfSource } from './policy-source.ts'

type Call = QueryCall<'iam', 'GetContextKeysForCustomPolicy' | 'GetContextKeysForPrincipalPolicy'>

/** The maximum size of policies, as in a simulation, which the keys are for. */
const MAX_TEXT = 131_072

const getContextKeysForCustomPolicy = queryOperation<'iam', 'GetContextKeysForCustomPolicy'>('iam', {
  name: 'GetContextKeysForCustomPolicy',
  summary: 'Lists the condition keys that the given policies use.',
  readOnly: true,
  rate: 'iam-simulate',
  audit: { request: [], response: [] },
  check: lengthFault,
  needs: () => [{ action: 'iam:GetContextKeysForCustomPolicy', resource: '*' }],
  run: async (call) => ({ ContextKeyNames: keysOf(given(call.input), call) }),
})

const getContextKeysForPrincipalPolicy = queryOperation<'iam', 'GetContextKeysForPrincipalPolicy'>('iam', {
  name: 'GetContextKeysForPrincipalPolicy',
  summary: 'Lists the condition keys that the policies of a user, group or role use, and those of additional policies.',
  readOnly: true,
  rate: 'iam-simulate',
  audit: { request: ['PolicySourceArn'], response: [] },
  check: (input) => sourceFault(input.PolicySourceArn) ?? lengthFault(input),
  needs: async ({ PolicySourceArn: resource }, context) => [
    { action: 'iam:GetContextKeysForPrincipalPolicy', resource, tags: await tagsOfSource(resource, context) },
  ],

  async run(call) {
    const source = await sourceOf(call.input.PolicySourceArn, call)
    const { policies } = await policyTexts(source, call.services.directory.policySource)
    return { ContextKeyNames: keysOf([...policies, ...given(call.input)], call) }
  },
})

interface Named {
  name: string
  text: string
}

function given({ PolicyInputList = [] }: { PolicyInputList?: readonly string[] }): Named[] {
  return PolicyInputList.map((text, index) => ({ name: `PolicyInputList.${index + 1}`, text }))
}

/**
 * Returns each key once, as first written, because condition keys are case-insensitive. Throws InvalidInput for an
 * invalid policy.
 */
function keysOf(policies: readonly Named[], { caller, services }: Call): string[] {
  const keys = new Map<string, string>()
  for (const { name, text } of policies) {
    services.throttle?.decided(payerOf(caller.principal), text.length)
    const { policy, fault } = parsePolicy(text, 'identity')
    if (fault) throw queryError('InvalidInput', `${name}: ${fault.message} (at ${fault.path})`)
    for (const key of conditionKeysOf(policy)) {
      if (!keys.has(key.toLowerCase())) keys.set(key.toLowerCase(), key)
    }
  }
  return [...keys.values()]
}

function lengthFault({ PolicyInputList = [] }: { PolicyInputList?: readonly string[] }): ServiceError | undefined {
  if (PolicyInputList.join('').length <= MAX_TEXT) return undefined
  return queryError('InvalidInput', `The policies of a request can have ${MAX_TEXT} characters in total.`)
}

export const CONTEXT_KEY_OPERATIONS: readonly AnyOperation[] = [
  getContextKeysForCustomPolicy,
  getContextKeysForPrincipalPolicy,
]
