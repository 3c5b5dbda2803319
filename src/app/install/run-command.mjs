// Runs a program for the installer and turns its failure into one sentence that a person can act on.
import { spawn } from 'node:child_process'

/**
 * Runs `command` and returns what it wrote to standard output.
 * Throws an Error whose message is one line: what was run, how it ended, the last line it wrote to standard error.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutSeconds?: number }} [options]
 * @returns {Promise<string>}
 */
export function runCommand(command, args, options = {}) {
  const { cwd, env = process.env, timeoutSeconds = 600 } = options
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
    }, timeoutSeconds * 1000)
    child.stdout.on('data', chunk => (stdout += chunk))
    child.stderr.on('data', chunk => (stderr += chunk))
    child.on('error', error => {
      clearTimeout(timer)
      reject(new Error(`${command} could not be started (${error.message})`))
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) return resolve(stdout)
      const how = timedOut
        ? `gave no result in ${timeoutSeconds} s`
        : `ended with ${signal ?? `exit code ${code}`}`
      reject(
        new Error(
          `${nameOf(command, args)} ${how}: ${tellingLine(stderr) || tellingLine(stdout) || 'no output'}`,
        ),
      )
    })
  })
}

/** Whether `command args` starts and exits 0: the way to ask if a tool is there. */
export async function commandWorks(command, args = ['--version']) {
  return runCommand(command, args, { timeoutSeconds: 60 }).then(
    () => true,
    () => false,
  )
}

/** "python3 -m pip" reads better in a sentence than the bare interpreter's name. */
function nameOf(command, args) {
  return args[0] === '-m' ? `${command} -m ${args[1]}` : `${command} ${args[0] ?? ''}`.trim()
}

/** The line that tells most: the last one that names an error, else the last that is not empty; cut to 300 letters. */
function tellingLine(text) {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  const telling = lines.findLast(line => /error/i.test(line)) ?? lines.at(-1) ?? ''
  return telling.slice(0, 300)
}
