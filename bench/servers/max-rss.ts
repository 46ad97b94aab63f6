/** Imported into a process to be measured: at its end it prints the most memory that it had, in KiB, to descriptor 3. */
import { writeSync } from 'node:fs'

process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))
