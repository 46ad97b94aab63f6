import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../tools/testing/needs.ts'
import { runAgainstServer } from './tour.ts'

const PLAYBOOK = join(import.meta.dirname, 'ansible_kms.yml')

test(
  'modules of Ansible find a key as they left it, and change what is to be changed',
  { skip: needs('ansible') },
  async (t) => {
    const home = await mkdtemp(join(tmpdir(), 'keyhold-ansible-'))
    t.after(() => rm(home, { recursive: true, force: true }))
    const python = 'ansible_python_interpreter={{ ansible_playbook_python }}'
    const stdout = await runAgainstServer(
      t,
      ['ansible-playbook', '-i', 'localhost,', '-e', python, PLAYBOOK],
      async () => ({ ANSIBLE_HOME: home, ANSIBLE_LOCAL_TEMP: home, ANSIBLE_REMOTE_TEMP: home }),
    )
    assert.match(stdout, /ok=9 +changed=5 +unreachable=0 +failed=0/)
  },
)
