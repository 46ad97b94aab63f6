/** A managed policy, as a user, role, group or session refers to it. */
export interface PolicyReference {
  arn: string
  /**
   * Its immutable id, which decides: a later policy of the same name is another one. Absent for AWS's own policies, which
   * have one maker, and in what earlier builds wrote, where whoever has the ARN is meant.
   */
  id?: string
}
