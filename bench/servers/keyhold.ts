import { serve } from '@keyhold/server'

/** `keyhold serve` without the command around it: FOLDER and the audit level as arguments. */
const [, , folder = '', durability = 'fsync'] = process.argv
const server = await serve({ folder, port: 0, durability: durability === 'write' ? 'write' : 'fsync' })
process.stdout.write(`${server.port}\n`)
process.on('SIGTERM', () => void server.stop())
