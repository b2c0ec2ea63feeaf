// A TCP proxy that copies every byte and writes down the requests that pass: one JSON line each, in
// the order in which they were complete. usage: node tee.mjs TARGET_PORT PORT_FILE RECORD_FILE
import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';

const [target, portFile, recordFile] = process.argv.slice(2);

// Takes requests off the front of what has arrived; stops at an upgrade.
class Reader {
    constructor() {
        this.bytes = Buffer.alloc(0);
    }
    take(piece) {
        this.bytes = Buffer.concat([this.bytes, piece]);
        while (this.one()) continue;
    }
    one() {
        const end = this.bytes.indexOf('\r\n\r\n');
        if (end < 0) return false;
        const [start, ...lines] = this.bytes.toString('latin1', 0, end).split('\r\n');
        const headers = lines.map((line) => {
            const colon = line.indexOf(':');
            return [line.slice(0, colon), line.slice(colon + 1).trim()];
        });
        const value = (name) => headers.find(([n]) => n.toLowerCase() === name)?.[1];
        const body = value('transfer-encoding')?.toLowerCase().includes('chunked')
            ? this.chunked(end + 4)
            : this.counted(end + 4, Number(value('content-length') ?? 0));
        if (!body) return false;
        this.bytes = this.bytes.subarray(body.end);
        const [method, path] = start.split(' ');
        appendFileSync(recordFile,
            JSON.stringify({ method, target: path, headers, body: body.text }) + '\n');
        return true;
    }
    counted(from, n) {
        if (this.bytes.length < from + n) return null;
        return { text: this.bytes.toString('utf8', from, from + n), end: from + n };
    }
    chunked(from) {
        const pieces = [];
        for (let at = from;;) {
            const eol = this.bytes.indexOf('\r\n', at);
            if (eol < 0) return null;
            const n = parseInt(this.bytes.toString('latin1', at, eol), 16);
            if (this.bytes.length < eol + 2 + n + 2) return null;
            if (n === 0) return { text: Buffer.concat(pieces).toString('utf8'), end: eol + 4 };
            pieces.push(this.bytes.subarray(eol + 2, eol + 2 + n));
            at = eol + 2 + n + 2;
        }
    }
}

writeFileSync(recordFile, '');
const server = createServer({ allowHalfOpen: true }, (client) => {
    const reader = new Reader();
    const relay = connect({ port: Number(target), host: '127.0.0.1', allowHalfOpen: true });
    client.on('data', (piece) => reader.take(piece));
    client.pipe(relay);
    relay.pipe(client);
    for (const [one, other] of [[client, relay], [relay, client]]) {
        one.setNoDelay(true);
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
    }
});
server.listen(0, '127.0.0.1', () => {
    writeFileSync(portFile + '.tmp', `${server.address().port}\n`);
    renameSync(portFile + '.tmp', portFile);
});
