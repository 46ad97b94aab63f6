import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { needs } from '../tools/testing/needs.ts'
import { runAgainstServer } from './tour.ts'

/** What a playbook of this folder prints. */
async function play(t: TestContext, playbook: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'keyhold-ansible-'))
  t.after(() => rm(home, { recursive: true, force: true }))
  const python = 'ansible_python_interpreter={{ ansible_playbook_python }}'
  const path = join(import.meta.dirname, playbook)
  return runAgainstServer(t, ['ansible-playbook', '-i', 'localhost,', '-e', python, path], async () => ({
    ANSIBLE_HOME: home,
    ANSIBLE_LOCAL_TEMP: home,
    ANSIBLE_REMOTE_TEMP: home,
  }))
}

test(
  'modules of Ansible find a key as they left it, and change what is to be changed',
  { skip: needs('ansible') },
  async (t) => assert.match(await play(t, 'ansible_kms.yml'), /ok=9 +changed=5 +unreachable=0 +failed=0/),
)

test(
  'modules of Ansible make, change and remove users, groups, roles, policies, keys and instance profiles',
  { skip: needs('ansible') },
  async (t) => assert.match(await play(t, 'ansible_iam.yml'), /ok=25 +changed=13 +unreachable=0 +failed=0/),
)
