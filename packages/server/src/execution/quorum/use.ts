import type { KeyRecord } from '../../domain/keys/record.ts'
import type { QuorumProtection, QuorumRule } from '../../domain/policy/quorum.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import type { Directory } from '../../identity/directory/directory.ts'

/** What a rule is compared with. */
export interface QuorumQuestion<I> {
  input: I
  caller: Caller
  /** The keys of the request. */
  keys: readonly KeyRecord[]
  directory: Directory
}

/** How quorum rules protect an operation, as it declares it. */
export interface QuorumUse<I> {
  /** Rules protect it that say so; `always`: every rule that it concerns, because it is a way around the rule. */
  protection: QuorumProtection | 'always'
  /**
   * Whether a rule is about the request, by more than the keys that the rule names. Where rules say what they protect, they must
   * name the key of the request, or one that is related to it, in any case.
   */
  concerns?(rule: QuorumRule, question: QuorumQuestion<I>): boolean | Promise<boolean>
  /** Members of the input that differ whenever the same is asked, and those of the answer that say instead what it is. */
  fresh?: { input: readonly string[]; answer: readonly string[] }
}
