// Runs alone: as the test does of which it draws all.
process.env['THOROUGH'] = '1'
await import('../packages/server/test/host/assembly/mutated-requests.test.ts')
