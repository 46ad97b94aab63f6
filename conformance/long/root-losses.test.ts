// Runs alone: it draws all rows of a table of which `npm test` draws two.
process.env['THOROUGH'] = '1'
await import('../../packages/server/test/vault/root/ways/losses.test.ts')
