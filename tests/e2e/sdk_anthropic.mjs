// @anthropic-ai/sdk as a program uses it. usage: node sdk_anthropic.mjs CLIENTS_DIR RELAY KEY MODEL good|bad [nocount]
import { createRequire } from 'node:module';
import { picture, sure, tell } from './sure.mjs';

const [dir, relay, apiKey, model, part, nocount] = process.argv.slice(2);
const Anthropic = createRequire(`${dir}/package.json`)('@anthropic-ai/sdk').default;
const client = new Anthropic({ apiKey, baseURL: `${relay}/api` });
const ask = (text, more = {}) => ({ model, max_tokens: 100,
    messages: [{ role: 'user', content: text }], ...more });
const tools = [{ name: 'weather', description: 'Tells the weather',
    input_schema: { type: 'object', properties: { city: { type: 'string' } } } }];

async function good() {
    const whole = await client.messages.create(ask('[[fake: words=3 in=7 out=5 read=11]] hello'));
    sure(whole.content[0].text === 'word0 word1 word2', 'a whole answer', whole);
    sure(whole.usage.input_tokens === 7 && whole.usage.output_tokens === 5 &&
        whole.usage.cache_read_input_tokens === 11, 'its usage', whole.usage);

    let deltas = 0;
    const stream = client.messages.stream(ask('[[fake: words=20 thinking split=7 pings=2]] hello'));
    stream.on('text', () => deltas++);
    const final = await stream.finalMessage();
    sure(deltas === 20 && final.content[0].type === 'thinking' && final.content[0].signature,
        'a stream with thinking, event by event', { deltas, final });

    const called = await client.messages.create(ask(
        '[[fake: words=1 tool=weather tool_input={"city":"Basel"}]] hello', { tools }));
    const use = called.content.find((b) => b.type === 'tool_use');
    sure(called.stop_reason === 'tool_use' && use.input.city === 'Basel', 'a tool call', called);
    const after = await client.messages.create({ ...ask('', { tools }), messages: [
        { role: 'user', content: '[[fake: words=2 tool=weather]] hello' },
        { role: 'assistant', content: called.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: use.id, content: 'sunny' }] }] });
    sure(after.stop_reason === 'end_turn', 'the turn after the tool', after);

    const seen = await client.messages.create({ ...ask(''), messages: [{ role: 'user', content: [
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: picture } },
        { type: 'text', text: '[[fake: words=2 in=61 out=4 read=0]] what is this' }] }] });
    sure(seen.content[0].text === 'word0 word1' && seen.usage.input_tokens === 61 &&
        seen.usage.output_tokens === 4, 'a turn with an image, and its usage', seen);

    if (!nocount) {
        const count = await client.messages.countTokens({ model, messages: ask('12345678').messages });
        sure(count.input_tokens === 12, 'count_tokens', count);
    }
    const list = [];
    for await (const m of client.models.list()) list.push(m.id);
    sure(list.length > 0 && list.every((id) => typeof id === 'string'), 'models.list', list);

    const many = await Promise.all(Array.from({ length: 25 }, () => client.messages.create(
        ask('[[fake: words=2 delay=50]] hello', { stream: false }))));
    sure(many.length === 25, '25 at once', many.length);
}

async function bad() {
    // What the upstream refuses reaches the caller with its class and sentence; once, not three times.
    const bad = await client.messages.create(
        ask('[[fake: status=400 error=invalid_request_error message=max_tokens:+too+large]]'))
        .catch((e) => e);
    sure(bad instanceof Anthropic.BadRequestError && /max_tokens: too large/.test(bad.message),
        "the upstream's refusal", bad);

    const left = client.messages.stream(ask('[[fake: words=400 event_delay=20]] hello'));
    left.on('text', () => left.abort());
    const aborted = await left.finalMessage().catch((e) => e);
    sure(aborted instanceof Anthropic.APIUserAbortError, 'leaving in the middle', aborted);

    // Last: the account rests for a while after this.
    const cut = await client.messages.stream(ask('[[fake: words=9 cut=5]] hello')).finalMessage()
        .catch((e) => e);
    sure(cut instanceof Error, 'a stream that is cut is an error', cut);
}

await (part === 'bad' ? bad : good)();
tell();
