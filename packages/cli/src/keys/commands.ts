import type { Command } from 'commander'
import { keyAliasCommand } from './alias.ts'
import { keyCreateCommand } from './create.ts'
import { keyDeleteCommand, keyUndeleteCommand } from './delete.ts'
import { keyDescribeCommand } from './describe.ts'
import { keyGrantCommand } from './grant.ts'
import { keyLsCommand } from './ls.ts'
import { keyPolicyCommand } from './policy.ts'
import { keyPublicKeyCommand } from './public-key.ts'
import { keyReportCommand } from './report.ts'
import { keyRotateCommand } from './rotate.ts'
import { keyShredCertificateCommand } from './shred-certificate.ts'
import { keyShowCommand } from './show.ts'
import { keyDisableCommand, keyEnableCommand } from './switch.ts'
import { keyTagCommand, keyUntagCommand } from './tags.ts'
import { group } from '../shared/group.ts'

/** `keyhold key`. */
export function keyCommands(): Command {
  return group('key', 'look after keys, from their making to their end', [
    keyCreateCommand(),
    keyLsCommand(),
    keyShowCommand(),
    keyDescribeCommand(),
    keyTagCommand(),
    keyUntagCommand(),
    keyAliasCommand(),
    keyEnableCommand(),
    keyDisableCommand(),
    keyRotateCommand(),
    keyDeleteCommand(),
    keyUndeleteCommand(),
    keyPolicyCommand(),
    keyPublicKeyCommand(),
    keyGrantCommand(),
    keyReportCommand(),
    keyShredCertificateCommand(),
  ])
}
