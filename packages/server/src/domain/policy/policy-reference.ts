/** A reference of a user, role, group or session to a managed policy. */
export interface PolicyReference {
  arn: string
  /**
   * The policy's immutable id, which decides: a later policy of the same name is a different one. Absent for AWS
   * managed policies, whose ARNs are never reused, and in records of earlier builds, which refer to the current policy
   * of that ARN.
   */
  id?: string
}
