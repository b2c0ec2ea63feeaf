// The ledger must say what the upstream said it gave: tokens of every class, and answers.
// usage: node books.mjs FAKE_URL BEFORE AFTER ACCOUNT [tokens]
//   BEFORE, AFTER: files of `crs usage --by account --json`
//   tokens: these alone, where answers were cut that the upstream does not count as given
import { readFileSync } from 'node:fs';

const [fake, before, after, account, only] = process.argv.slice(2);
const sums = ['input', 'output', 'cache_read', 'cache_write', ...(only ? [] : ['requests'])];

const { tokens } = await (await fetch(`${fake}/fake/counters`)).json();
const told = Object.fromEntries(sums.map((name) => [name, 0]));
for (const models of Object.values(tokens))
    for (const row of Object.values(models)) {
        row.cache_write = row.cache_write_5m + row.cache_write_1h;
        for (const name of sums) told[name] += row[name];
    }

function booked(file) {
    const answer = JSON.parse(readFileSync(file, 'utf8'));
    return (Array.isArray(answer) ? answer : answer.items).find((r) => r.name === account) ?? {};
}
const was = booked(before), is = booked(after);

let bad = 0;
for (const name of sums) {
    const grew = Number(is[name] ?? 0) - Number(was[name] ?? 0);
    if (told[name] === grew) continue;
    bad = 1;
    console.error(`  ${name}: the upstream told ${told[name]}, booked is ${grew}`);
}
if (!told.input) {
    bad = 1;
    console.error('  the upstream counted no answer');
}
if (bad) process.exit(1);
console.log(`${told.requests ?? 'cut'} answers, ${told.input} in, ${told.output} out: booked as told`);
