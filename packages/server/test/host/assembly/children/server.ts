/** `keyhold serve` or `keyhold dev` without the command line. SETTINGS is JSON; says where it answers and who it is. */
import { writeSync } from 'node:fs'
import { dev } from '../../../../src/host/assembly/main.ts'
import { serve } from '../../../../src/host/assembly/serve.ts'
import type { ServerSettings } from '../support/child.ts'

const { mode, ...options } = JSON.parse(process.argv[2] ?? '') as ServerSettings
const running = mode === 'serve' ? await serve(options as Parameters<typeof serve>[0]) : await dev(options)
process.once('SIGTERM', () => void running.stop())
writeSync(1, `${JSON.stringify({ endpoint: running.endpoint, pid: process.pid })}\n`)
