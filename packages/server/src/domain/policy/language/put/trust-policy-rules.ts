import type { PolicyFault } from '../contract.ts'
import type { PolicyDocument, PrincipalElement } from '../document.ts'
import { RULES } from '../grammar/rules.ts'
import { Work } from '../patterns/work.ts'
import { ActionMatcher } from '../statements/match-actions.ts'

/**
 * Actions that trust policies are evaluated for, in lower case. Source: IAM User Guide, "Actions, resources, and
 * condition keys for AWS STS".
 */
const ACTIONS: readonly string[] = [
  'sts:assumerole',
  'sts:assumerolewithsaml',
  'sts:assumerolewithwebidentity',
  'sts:setcontext',
  'sts:setsourceidentity',
  'sts:tagsession',
]

/** Returns what IAM refuses in a trust policy, in addition to the rules for all policies. */
export function trustPolicyFault({ statements }: PolicyDocument): PolicyFault | undefined {
  for (const { path, principals, actions } of statements) {
    const everyone = principals && bareEveryone(principals)
    if (everyone) return everyone
    const other = actions?.not === false && actions.values.find((action) => !isAsked(action))
    if (other) return { path: `${path}.Action`, message: RULES.trust.onlyActions?.sentence ?? '' }
  }
  return undefined
}

/**
 * Refuses `"Principal": "*"`. IAM accepts only `{"AWS": "*"}`: "AssumeRolepolicy contained an invalid principal:
 * "STAR":"*"" (aws-cdk, issue 5732).
 */
function bareEveryone({ names }: PrincipalElement): PolicyFault | undefined {
  const found = names.find(({ kind }) => kind === 'everyone')
  return found && { path: found.path, message: 'Not a valid principal', invalidPrincipal: found.text }
}

/** Returns whether trust policies are ever evaluated for the action, or for an action that matches it as a pattern. */
function isAsked(action: string): boolean {
  const matcher = new ActionMatcher({ not: false, values: [action] })
  const work = new Work()
  return ACTIONS.some((asked) => matcher.matches(asked, work)) || work.exhausted
}
