import { type Iam, type IamInput, parseArn, queryError, type ServiceError } from '@keyhold/protocol'
import type { PolicyPrincipal } from '../../../domain/policy/language/contract.ts'
import { entityArn, nameInArn } from '../../../identity/accounts/entity-arns.ts'
import { type SimulatedPolicy, simulatedList, simulatedPolicy } from './simulated-policy.ts'

/** The parameters that both operations have. */
export type ScenarioInput = Pick<
  IamInput<'SimulatePrincipalPolicy'>,
  | 'ActionNames'
  | 'PolicyInputList'
  | 'ResourceArns'
  | 'ResourcePolicy'
  | 'ResourceOwner'
  | 'CallerArn'
  | 'ContextEntries'
  | 'PermissionsBoundaryPolicyInputList'
  | 'ResourceHandlingOption'
>

/** The simulated principal and its policies, from the request or from an existing entity. */
export interface Actor {
  principal: PolicyPrincipal
  policies: readonly SimulatedPolicy[]
  boundary?: SimulatedPolicy
}

/** What all decisions of one simulation have in common. */
export interface Scenario extends Actor {
  resourcePolicy?: SimulatedPolicy
  /** The account of resources whose ARNs have none. */
  ownerAccountId: string
  /** Whether {@link ownerAccountId} applies to all resources, whatever their ARNs say. */
  ownsAll: boolean
  /** Values of condition keys, by lower-case name. */
  context: ReadonlyMap<string, readonly string[]>
}

const ACTION = /^[A-Za-z0-9-]+:[A-Za-z0-9_-]+$/
const ACCOUNT = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/

/** IAM API Reference, SimulateCustomPolicy: the maximum for one policy. */
const MAX_TEXT = 131_072

/** Returns what is wrong with the parameters that both operations have, or `undefined`. */
export function scenarioFault(input: ScenarioInput): ServiceError | undefined {
  const action = input.ActionNames.find((name) => !ACTION.test(name))
  if (action !== undefined) return invalid(`Invalid Entity Action: ${action.slice(0, 128)}`)
  if (input.ActionNames.length === 0) return invalid('ActionNames must name an action.')
  if (input.ContextEntries?.some(({ ContextKeyName }) => ContextKeyName === undefined)) {
    return invalid('Each of ContextEntries must have a ContextKeyName.')
  }
  if (input.CallerArn !== undefined && !nameInArn('user', parseArn(input.CallerArn))) {
    return invalid('CallerArn must be the ARN of a user.')
  }
  if (input.ResourceOwner !== undefined && !ACCOUNT.test(input.ResourceOwner)) {
    return invalid('ResourceOwner must be the id of an account, or the ARN of its root.')
  }
  if ((input.PermissionsBoundaryPolicyInputList?.length ?? 0) > 1) {
    return invalid(
      'PermissionsBoundaryPolicyInputList must contain one policy, because a principal has one permissions boundary.',
    )
  }
  if (textLength(input) > MAX_TEXT)
    return invalid(`The policies of a request can have ${MAX_TEXT} characters in total.`)
  return input.ResourceHandlingOption === undefined ? undefined : unsupported('ResourceHandlingOption')
}

function textLength(input: ScenarioInput): number {
  const { PolicyInputList = [], PermissionsBoundaryPolicyInputList = [], ResourcePolicy = '' } = input
  return [...PolicyInputList, ...PermissionsBoundaryPolicyInputList, ResourcePolicy].join('').length
}

/** The error for features of AWS's simulation that this server does not have. */
export function unsupported(member: string): ServiceError {
  return queryError('UnsupportedOperation', `${member} is not supported by this server.`)
}

/**
 * Returns the scenario of a request and an actor. The request's caller and boundary override the actor's. Throws
 * InvalidInput.
 */
export function scenarioOf(input: ScenarioInput, actor: Actor): Scenario {
  const { CallerArn, ResourceOwner, ResourcePolicy, PermissionsBoundaryPolicyInputList: boundaries = [] } = input
  const principal = CallerArn === undefined ? actor.principal : simulatedUser(CallerArn)
  const [boundary = actor.boundary] = simulatedList('PermissionsBoundaryPolicyInputList', boundaries)
  const resource = { kind: 'key', type: 'resource' } as const
  return {
    principal,
    policies: actor.policies,
    ...(boundary && { boundary }),
    ...(ResourcePolicy !== undefined && {
      resourcePolicy: simulatedPolicy('ResourcePolicy', ResourcePolicy, resource),
    }),
    ownerAccountId: ACCOUNT.exec(ResourceOwner ?? '')?.[1] ?? principal.accountId,
    ownsAll: ResourceOwner !== undefined,
    context: contextOf(input.ContextEntries ?? []),
  }
}

/** A simulated user, which need not exist. */
function simulatedUser(arn: string): PolicyPrincipal {
  return { type: 'IAMUser', arn, accountId: parseArn(arn)?.account ?? '', principalId: arn }
}

/** A user of an account, for requests that name no caller. */
export function anyUser(accountId: string): PolicyPrincipal {
  return simulatedUser(entityArn('user', { accountId, path: '/', name: 'simulated' }))
}

function contextOf(entries: readonly Iam.ContextEntry[]): Map<string, readonly string[]> {
  return new Map(
    entries.map(({ ContextKeyName = '', ContextKeyValues = [] }) => [ContextKeyName.toLowerCase(), ContextKeyValues]),
  )
}

function invalid(message: string): ServiceError {
  return queryError('InvalidInput', message)
}
