import { benchCrypto } from './crypto.ts'
import { benchEnforcement } from './enforcement.ts'
import { benchFiles } from './files.ts'
import { benchHostile } from './hostile.ts'
import { benchMemory } from './memory.ts'
import { benchMetrics } from './metrics.ts'
import { benchPolicy } from './policy.ts'
import { benchRotation } from './rotation.ts'
import { benchScale } from './scale.ts'
import { benchMessages } from './messages.ts'
import { benchService } from './service.ts'
import { benchStart } from './start.ts'
import { benchBackup } from './backup.ts'
import { benchBurst } from './signing-burst.ts'
import { benchTls } from './tls.ts'
import { benchThrottling } from './throttling.ts'

const sections: Readonly<Record<string, (wanted: readonly string[]) => Promise<void> | void>> = {
  service: benchService,
  tls: benchTls,
  start: benchStart,
  enforcement: benchEnforcement,
  metrics: benchMetrics,
  throttling: benchThrottling,
  files: benchFiles,
  policy: benchPolicy,
  crypto: benchCrypto,
  burst: benchBurst,
  scale: benchScale,
  rotation: benchRotation,
  backup: benchBackup,
  messages: benchMessages,
  memory: benchMemory,
  hostile: benchHostile,
}

const wanted = process.argv.slice(2)
for (const [name, run] of Object.entries(sections)) if (wanted.length === 0 || wanted.includes(name)) await run(wanted)
