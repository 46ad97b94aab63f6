/** The ARN of a quorum rule, as policies name it. */
export function ruleArn(accountId: string, ruleName: string): string {
  return `arn:aws:keyhold::${accountId}:quorum-rule/${ruleName}`
}
