import type { BranchKeyRecord } from './record.ts'

/** Where branch key records lie. Nothing in them is secret, and nothing in them is believed before KMS has opened it. */
export interface BranchKeyStorage {
  /** Nothing if there is none. */
  get(branchKeyId: string, type: string): Promise<BranchKeyRecord | undefined>

  /**
   * Stores all the records of a new branch key, or none. When it resolves they survive a crash.
   *
   * @throws when there is a branch key of this id.
   */
  create(records: readonly BranchKeyRecord[]): Promise<void>

  /**
   * Stores a new version, and its active record in the place of `replaced`; both or none.
   *
   * @throws when the active record is no longer `replaced`: another program has made a version meanwhile.
   */
  addVersion(version: BranchKeyRecord, active: BranchKeyRecord, replaced: BranchKeyRecord): Promise<void>
}
