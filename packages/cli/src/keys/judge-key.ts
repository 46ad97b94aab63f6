import { isRotatable, type KeyFacts } from './key-facts.ts'

/** `unknown` where the KMS would not say, or does not know for long enough. */
export type Verdict = 'yes' | 'no' | 'unknown'

export interface Verdicts {
  /** Not used for as long as the limits say. */
  unused: Verdict
  /** Its rotation is off, or its last material came longer than a year ago. */
  unrotated: Verdict
  /** Its imported material expires soon, or has expired. */
  expiring: Verdict
  pendingDeletion: Verdict
  disabled: Verdict
  /** Its policy or a grant lets in a principal of another account. */
  openToOthers: Verdict
}

export interface Limits {
  nowMs: number
  unusedDays: number
  expiringDays: number
}

const DAY_MS = 86_400_000
/** That of a leap year: a rotation every year is never late. */
const YEAR_DAYS = 366

/** What is to be said of a key, by what is known of it. */
export function judgeKey(facts: KeyFacts, limits: Limits): Verdicts {
  const state = facts.metadata?.KeyState
  const isState = (...states: string[]): Verdict => (state === undefined ? 'unknown' : yesIf(states.includes(state)))
  return {
    unused: unused(facts, limits.nowMs - limits.unusedDays * DAY_MS),
    unrotated: unrotated(facts, limits.nowMs - YEAR_DAYS * DAY_MS),
    expiring: expiring(facts, limits.nowMs + limits.expiringDays * DAY_MS),
    pendingDeletion: isState('PendingDeletion', 'PendingReplicaDeletion'),
    disabled: isState('Disabled'),
    openToOthers: openToOthers(facts),
  }
}

/** Uses before the tracking began are nowhere recorded, so that only a key watched for long enough is unused. */
function unused({ lastUsage }: KeyFacts, sinceMs: number): Verdict {
  if (lastUsage === undefined) return 'unknown'
  const { KeyLastUsage, KeyCreationDate, TrackingStartDate } = lastUsage
  if (KeyLastUsage?.Timestamp !== undefined) return yesIf(KeyLastUsage.Timestamp.getTime() < sinceMs)
  if (KeyCreationDate !== undefined && KeyCreationDate.getTime() >= sinceMs) return 'no'
  const isWatched = TrackingStartDate !== undefined && TrackingStartDate.getTime() < sinceMs
  return isWatched ? 'yes' : 'unknown'
}

function unrotated({ metadata, rotation }: KeyFacts, sinceMs: number): Verdict {
  if (metadata === undefined) return 'unknown'
  if (!isRotatable(metadata)) return 'no'
  if (rotation === undefined) return 'unknown'
  if (!rotation.enabled) return 'yes'
  return rotation.last === undefined ? 'unknown' : yesIf(rotation.last.getTime() < sinceMs)
}

function expiring({ metadata }: KeyFacts, untilMs: number): Verdict {
  if (metadata === undefined) return 'unknown'
  return yesIf(metadata.ValidTo !== undefined && metadata.ValidTo.getTime() < untilMs)
}

/** One way in is enough to say yes; to say no, both the policy and the grants must be known. */
function openToOthers({ byPolicy, byGrants }: KeyFacts): Verdict {
  if (byPolicy?.length || byGrants?.length) return 'yes'
  return byPolicy === undefined || byGrants === undefined ? 'unknown' : 'no'
}

function yesIf(condition: boolean): Verdict {
  return condition ? 'yes' : 'no'
}
