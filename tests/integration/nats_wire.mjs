// NATS in sixty lines, for load and for facts: connect, publish, subscribe, request. No package.
import { connect as open } from 'node:net';

export class NatsWire {
  static async connect(port) {
    const wire = new NatsWire();
    await new Promise((done, failed) => {
      wire.socket = open({ host: '127.0.0.1', port, noDelay: true }, done);
      wire.socket.once('error', failed);
    });
    wire.socket.on('error', () => {});
    wire.socket.on('data', (bytes) => wire.read(bytes));
    wire.socket.write('CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\n');
    wire.inbox = `_INBOX.${process.pid}.${Math.random().toString(36).slice(2)}`;
    wire.subscribe(`${wire.inbox}.*`, (message) => wire.answer(message));
    await wire.flush();
    return wire;
  }

  rest = Buffer.alloc(0);
  subscriptions = new Map();
  waiting = new Map();
  pongs = [];
  next_id = 0;

  publish(subject, body, reply = '') {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    this.socket.write(Buffer.concat([
      Buffer.from(`PUB ${subject}${reply && ` ${reply}`} ${bytes.length}\r\n`), bytes,
      Buffer.from('\r\n')]));
  }

  subscribe(subject, hear) {
    const id = String(++this.next_id);
    this.subscriptions.set(id, hear);
    this.socket.write(`SUB ${subject} ${id}\r\n`);
  }

  request(subject, body, ms = 3000) {
    return new Promise((done, failed) => {
      const reply = `${this.inbox}.${++this.next_id}`;
      const timer = setTimeout(() => {
        this.waiting.delete(reply);
        failed(new Error(`no answer on ${subject} in ${ms} ms`));
      }, ms);
      this.waiting.set(reply, { done, failed, timer });
      this.publish(subject, body, reply);
    });
  }

  answer({ subject, head, body }) {
    const waiting = this.waiting.get(subject);
    if (!waiting) return;
    this.waiting.delete(subject);
    clearTimeout(waiting.timer);
    if (head.startsWith('NATS/1.0 503')) waiting.failed(new Error('no responders'));
    else waiting.done(body.toString());
  }

  flush() {
    return new Promise((done) => {
      this.pongs.push(done);
      this.socket.write('PING\r\n');
    });
  }

  close() {
    this.socket.end();
  }

  read(bytes) {
    this.rest = this.rest.length ? Buffer.concat([this.rest, bytes]) : bytes;
    for (;;) {
      const line_end = this.rest.indexOf('\r\n');
      if (line_end < 0) return;
      const words = this.rest.toString('latin1', 0, line_end).split(' ');
      let taken = line_end + 2;
      if (words[0] === 'MSG' || words[0] === 'HMSG') {
        const size = Number(words.at(-1));
        if (this.rest.length < taken + size + 2) return;
        const headed = words[0] === 'HMSG' ? Number(words.at(-2)) : 0;
        const whole = this.rest.subarray(taken, taken + size);
        taken += size + 2;
        this.subscriptions.get(words[2])?.({
          subject: words[1], head: whole.toString('latin1', 0, headed),
          body: whole.subarray(headed),
        });
      } else if (words[0] === 'PING') this.socket.write('PONG\r\n');
      else if (words[0] === 'PONG') this.pongs.shift()?.();
      this.rest = this.rest.subarray(taken);
    }
  }
}
