/** A policy that names principals, with the ids of those principals when it was put. */
export interface BoundPolicy {
  /** As submitted. */
  text: string
  /**
   * Immutable ids by the ARNs of users and roles in the text: a successor of the same name gets nothing. Absent in documents
   * of earlier builds and of seed files, which were stored without looking them up.
   */
  bindings?: Readonly<Record<string, string>>
}
