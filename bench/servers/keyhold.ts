import { serve } from '@keyhold/server'

/**
 * `keyhold serve` without the command around it: FOLDER, the audit level, and whether it has an admin listener (`off`, `on` or
 * `scraped` every second, by the server itself, whose CPU time that is then).
 */
const [, , folder = '', durability = 'fsync', admin = 'on'] = process.argv
const server = await serve({
  folder,
  port: 0,
  durability: durability === 'write' ? 'write' : 'fsync',
  ...(admin === 'off' && { admin }),
  ...(admin === 'scraped' && { admin: { host: '127.0.0.1', port: 0 } }),
})
if (admin === 'scraped') {
  setInterval(() => void fetch(`${server.admin}/metrics`).then((answer) => answer.text()), 1000).unref()
}
process.stdout.write(`${server.port}\n`)
process.on('SIGTERM', () => void server.stop())
