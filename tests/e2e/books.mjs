// The ledger must say what the upstream said it gave: tokens of every class, and answers.
// usage: node books.mjs FAKE_URL [tokens] < `crs usage --account NAME --json`
import { readFileSync } from 'node:fs';

// tokens: these alone, where answers were cut that the upstream does not count as given.
const [fake, only] = process.argv.slice(2);
const sums = ['input', 'output', 'cache_read', 'cache_write', ...(only ? [] : ['requests'])];
const add = (sums, row, names) => {
    for (const name of names) sums[name] = (sums[name] ?? 0) + Number(row[name] ?? 0);
    return sums;
};

const { tokens } = await (await fetch(`${fake}/fake/counters`)).json();
const told = {};
for (const models of Object.values(tokens))
    for (const row of Object.values(models))
        add(told, { ...row, cache_write: row.cache_write_5m + row.cache_write_1h }, sums);

const answer = JSON.parse(readFileSync(0, 'utf8'));
const booked = {};
for (const row of Array.isArray(answer) ? answer : answer.items)
    add(booked, row, sums);

let bad = 0;
for (const name of Object.keys(told))
    if (told[name] !== booked[name]) {
        bad = 1;
        console.error(`  ${name}: the upstream told ${told[name]}, booked is ${booked[name]}`);
    }
if (!told.input) {
    bad = 1;
    console.error('  the upstream counted no answer');
}
if (bad) process.exit(1);
console.log(`${told.requests ?? 'cut'} answers, ${told.input} in, ${told.output} out: booked as told`);
