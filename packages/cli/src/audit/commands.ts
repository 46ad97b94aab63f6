import type { Command } from 'commander'
import { auditHeadCommand } from './head.ts'
import { auditQueryCommand } from './query.ts'
import { auditVerifyCertificateCommand } from './verify-certificate.ts'
import { auditVerifyCommand } from './verify.ts'
import { withRoot } from '../shared/data-options.ts'
import { group } from '../shared/group.ts'

/** `keyhold audit`. */
export function auditCommands(): Command {
  // Questions and certificates need no root of trust.
  const commands = [
    auditQueryCommand(),
    ...withRoot([auditVerifyCommand(), auditHeadCommand()]),
    auditVerifyCertificateCommand(),
  ]
  return group('audit', 'read and check the audit log', commands)
}
