// The little that the programs on SDKs need to say what held and what did not.
let failures = 0, checks = 0;
export function sure(holds, what, shown) {
    checks++;
    if (holds) return console.log(`ok    ${what}`);
    failures++;
    console.log(`FAIL  ${what}: ${shown instanceof Error ? shown.stack : JSON.stringify(shown)}`);
}
export function tell() {
    if (failures || !checks) process.exit(1);
}

// A picture of one pixel, as base64 of a PNG.
export const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
