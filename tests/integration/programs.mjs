// The stage of an integration test: a directory of its own, free ports, programs started and
// stopped. Every program is ended by its process id; nothing outlives the test.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const riskd = process.env.RISKD_BINARY ?? join(root, 'build/release/bin/riskd');
// ctest counts a test that ends with this as skipped.
export const exit_skipped = 77;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, question, ms = 15000, pause = 50) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      const answer = await question();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error.message;
    }
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what} (last: ${last})`);
    await sleep(pause);
  }
}

export function free_port() {
  return new Promise((done, failed) => {
    const server = createServer();
    server.on('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export function find_program(name) {
  // Debian keeps nats-server where a normal user's PATH does not look.
  const path = `${process.env.PATH}:/usr/sbin:/sbin:/usr/local/sbin`;
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { env: { ...process.env, PATH: path } });
  const where = found.stdout.toString().trim();
  if (!where) throw new Error(`${name} is not installed`);
  return where;
}

export class Programs {
  constructor(name) {
    this.directory = mkdtempSync(join(tmpdir(), `riskd-${name}-`));
    this.running = new Map();
    process.on('exit', () => this.kill_all());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
  }

  path(...parts) {
    return join(this.directory, ...parts);
  }

  write(name, text) {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  start(name, command, args, env = {}) {
    const log = openSync(this.path(`${name}.log`), 'a');
    // The kernel ends it when this test ends in a way that leaves no time to.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      cwd: this.directory, stdio: ['ignore', log, log], env: { ...process.env, ...env },
    });
    child.on('error', (error) => { child.failure = error.message; });
    child.ended = new Promise((done) => child.on('close', (code, signal) => {
      this.running.delete(name);
      done({ code, signal });
    }));
    this.running.set(name, child);
    return child;
  }

  is_running(name) {
    return this.running.has(name);
  }

  log(name) {
    try {
      return readFileSync(this.path(`${name}.log`), 'utf8');
    } catch {
      return '';
    }
  }

  async stop(name, signal = 'SIGTERM', ms = 10000) {
    const child = this.running.get(name);
    if (!child) return { code: null, signal: null };
    child.kill(signal);
    let timer;
    const late = new Promise((done) => { timer = setTimeout(done, ms, 'late'); });
    const ended = await Promise.race([child.ended, late]);
    clearTimeout(timer);
    if (ended !== 'late') return ended;
    child.kill('SIGKILL');
    await child.ended;
    throw new Error(`${name} did not stop within ${ms} ms of ${signal}`);
  }

  async stop_all() {
    for (const name of [...this.running.keys()].reverse()) {
      await this.stop(name).catch((error) => console.error(error.message));
    }
  }

  kill_all() {
    for (const child of this.running.values()) child.kill('SIGKILL');
  }

  // The logs, when a test failed; the directory goes either way.
  async end({ failed = false } = {}) {
    await this.stop_all();
    if (failed && process.env.RISKD_KEEP_LOGS) {
      console.error(`kept ${this.directory}`);
      return;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export async function start_nats(programs, port) {
  const monitor = await free_port();
  programs.write('nats.conf', [
    `listen: 127.0.0.1:${port}`, `http: 127.0.0.1:${monitor}`,
    `jetstream: { store_dir: "${programs.path('jetstream')}" }`, ''].join('\n'));
  programs.start('nats', find_program('nats-server'), ['-c', programs.path('nats.conf')]);
  await until('nats-server listens', async () =>
    (await fetch(`http://127.0.0.1:${monitor}/healthz`)).ok);
}

// riskd over `config`, a YAML text; ready when /readyz says so.
export async function start_riskd(programs, { config, http, name = 'riskd' }) {
  const file = programs.write('riskd.yaml', config);
  programs.start(name, riskd, ['run', '--config', file]);
  await until('riskd is ready', async () => {
    if (!programs.is_running(name)) throw new Error(`riskd ended:\n${programs.log(name)}`);
    return (await fetch(`http://127.0.0.1:${http}/readyz`)).ok;
  }, 20000);
}
