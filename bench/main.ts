import { benchFiles } from './files.ts'
import { benchMessages } from './messages.ts'
import { benchService } from './service.ts'

const sections: Readonly<Record<string, () => Promise<void>>> = {
  service: benchService,
  files: benchFiles,
  messages: benchMessages,
}

const wanted = process.argv.slice(2)
for (const [name, run] of Object.entries(sections)) if (wanted.length === 0 || wanted.includes(name)) await run()
